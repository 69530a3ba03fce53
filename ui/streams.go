package ui

import (
	"net/http"
	"slices"
	"time"

	"github.com/labstack/echo/v4"

	"spoor/index"
)

type streamJSON struct {
	Tag     string       `json:"tag"`
	Source  uint32       `json:"source,omitempty"`
	Format  string       `json:"format"`
	Origin  index.Origin `json:"origin"`
	Entries uint64       `json:"entries"`
	First   time.Time    `json:"first"`
	Last    time.Time    `json:"last"`
}

func (s *Server) streams(c echo.Context) error {
	all, err := s.Store.Streams(c.Request().Context())
	if err != nil {
		return err
	}
	shown := make([]streamJSON, 0, len(all))
	for _, i := range all {
		shown = append(shown, streamJSON{
			Tag: i.Stream.Tag, Source: i.Stream.Source, Format: i.Stream.Format.Name, Origin: i.Stream.Origin,
			Entries: i.Entries, First: i.First.UTC(), Last: i.Last.UTC(),
		})
	}
	return c.JSON(http.StatusOK, map[string]any{"streams": shown})
}

type sourceJSON struct {
	Source  uint32 `json:"source"`
	Name    string `json:"name,omitempty"`
	Job     uint64 `json:"job,omitempty"`
	Entries uint64 `json:"entries"`
}

// sources lists the source numbers in use: by entries, by jobs, or both.
func (s *Server) sources(c echo.Context) error {
	streams, err := s.Store.Streams(c.Request().Context())
	if err != nil {
		return err
	}
	used := map[uint32]*sourceJSON{}
	of := func(n uint32) *sourceJSON {
		if used[n] == nil {
			used[n] = &sourceJSON{Source: n}
		}
		return used[n]
	}
	for _, i := range streams {
		if i.Stream.Source != 0 {
			of(i.Stream.Source).Entries += i.Entries
		}
	}
	for _, j := range s.Fleet.Jobs() {
		u := of(j.Source)
		if j.ID > u.Job {
			u.Job, u.Name = j.ID, j.Name
		}
	}
	next, err := s.Fleet.NextSource()
	if err != nil {
		return err
	}
	list := make([]sourceJSON, 0, len(used))
	for _, u := range used {
		list = append(list, *u)
	}
	slices.SortFunc(list, func(a, b sourceJSON) int { return int(a.Source) - int(b.Source) })
	return c.JSON(http.StatusOK, map[string]any{"next": next, "sources": list})
}
