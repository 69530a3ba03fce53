package ui

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"spoor/fleet"
)

func (s *Server) sensors(c echo.Context) error {
	return c.JSON(http.StatusOK, map[string]any{"sensors": append([]fleet.SensorInfo{}, s.Fleet.SensorInfos()...)})
}

// sensor shows a sensor with what its form holds, but for secrets.
func (s *Server) sensor(c echo.Context) error {
	info, err := s.Fleet.Sensor(c.Param("id"))
	if err != nil {
		return noSensor(err)
	}
	form, files, err := s.Fleet.SensorForm(c.Param("id"))
	if err != nil {
		return err
	}
	// What both say is as the sensor goes by.
	answer := make(map[string]any)
	for _, part := range []any{form, info, map[string]any{"files": append([]string{}, files...)}} {
		text, err := json.Marshal(part)
		if err != nil {
			return err
		}
		if err := json.Unmarshal(text, &answer); err != nil {
			return err
		}
	}
	return c.JSON(http.StatusOK, answer)
}

// noSensor is a 404 where the address names a sensor that is not there: in a
// body that is the body's fault.
func noSensor(err error) error {
	if errors.Is(err, fleet.ErrUnknownSensor) {
		return echo.NewHTTPError(http.StatusNotFound, err.Error())
	}
	return err
}

func (s *Server) addSensor(c echo.Context) error {
	var f fleet.SensorForm
	if err := readJSON(c, &f); err != nil {
		return err
	}
	made, err := s.Fleet.AddSensor(f)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusCreated, made)
}

func (s *Server) putSensor(c echo.Context) error {
	var f fleet.SensorForm
	if err := readJSON(c, &f); err != nil {
		return err
	}
	kept, err := s.Fleet.PutSensor(c.Param("id"), f)
	if err != nil {
		return noSensor(err)
	}
	return c.JSON(http.StatusOK, kept)
}

func (s *Server) deleteSensor(c echo.Context) error {
	version, err := readVersion(c)
	if err != nil {
		return err
	}
	if err := s.Fleet.RemoveSensor(c.Param("id"), version); err != nil {
		return noSensor(err)
	}
	return c.NoContent(http.StatusNoContent)
}

func (s *Server) testSensor(c echo.Context) error {
	return s.tested(c, func(ctx context.Context) (fleet.SensorInfo, error) {
		return s.Fleet.TestSensor(ctx, c.Param("id"))
	})
}

func (s *Server) trySensor(c echo.Context) error {
	var f fleet.SensorForm
	if err := readJSON(c, &f); err != nil {
		return err
	}
	return s.tested(c, func(ctx context.Context) (fleet.SensorInfo, error) { return s.Fleet.TryForm(ctx, f) })
}

// tested answers how a sensor took being asked.
func (s *Server) tested(c echo.Context, ask func(context.Context) (fleet.SensorInfo, error)) error {
	start := time.Now()
	info, err := ask(c.Request().Context())
	if err != nil {
		return noSensor(err)
	}
	return c.JSON(http.StatusOK, map[string]any{
		"ok":       info.Health.Error == "",
		"took_ms":  float64(time.Since(start).Microseconds()) / 1000,
		"message":  testMessage(info),
		"health":   info.Health,
		"coverage": info.Coverage,
	})
}

// testMessage says in words what came of a test.
func testMessage(i fleet.SensorInfo) string {
	if i.Health.Error != "" {
		return i.Health.Error
	}
	text := "answers"
	switch v := i.Coverage; {
	case v == nil:
	case v.Live:
		text += ", captures from now on"
	case v.Empty:
		text += ", has no packets yet"
	case v.Oldest.IsZero():
		text += ", does not say how old its packets are"
	default:
		text += ", oldest packet " + v.Oldest.Format("2006-01-02 15:04:05") + " UTC"
		if lag := time.Duration(v.LagMS) * time.Millisecond; lag >= time.Second {
			text += fmt.Sprintf(", %s behind", lag)
		}
	}
	if i.Health.State != "good" {
		text += "; " + i.Health.Text
	}
	return text
}
