package ui

import (
	"context"
	"errors"
	"net/http"

	"github.com/labstack/echo/v4"
)

// Backup writes a backup where the server's owner wants it, and returns its
// name. Only one runs at a time; then the error is ErrBackupRuns.
type Backup func(ctx context.Context) (name string, err error)

// ErrBackupRuns says that a backup is being made.
var ErrBackupRuns = errors.New("a backup is being made")

// makeBackup answers POST /backup. Where it goes is not the request's to say.
func (s *Server) makeBackup(c echo.Context) error {
	if p := readParams(c); p.err != nil {
		return p.err
	}
	var asked struct{}
	if err := readJSON(c, &asked); err != nil {
		return err
	}
	if s.Backup == nil {
		return echo.NewHTTPError(http.StatusForbidden, "backups are refused: the server was started without --backup-dir")
	}
	name, err := s.Backup(c.Request().Context())
	if errors.Is(err, ErrBackupRuns) {
		return echo.NewHTTPError(http.StatusConflict, err.Error())
	}
	if err != nil {
		return err
	}
	return c.JSON(http.StatusCreated, map[string]any{"name": name})
}
