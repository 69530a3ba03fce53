// Package arch holds no code, only the test that checks which package may
// import which. ARCHITECTURE.md draws the same arrows for people.
package arch
