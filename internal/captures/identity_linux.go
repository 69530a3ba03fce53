package captures

import (
	"os"
	"syscall"
)

// newIdentity tells a file's states apart by its number and the time of its
// last change, which nobody can set back.
func newIdentity(info os.FileInfo) identity {
	id := identity{size: info.Size(), modified: info.ModTime().UnixNano()}
	if s, ok := info.Sys().(*syscall.Stat_t); ok {
		id.inode, id.changed = s.Ino, s.Ctim.Nano()
	}
	return id
}
