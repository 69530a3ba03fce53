package fleet

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
)

// kind is what the package knows of a kind of sensor.
type kind struct {
	name string
	// check says what is wrong with a configuration, without reading files.
	check func(SensorConfig) error
	// open makes the sensor. Nothing is connected yet.
	open func(SensorConfig) (Sensor, error)
}

// kinds are all kinds of sensors.
func kinds() []kind {
	return []kind{
		{KindStenographer, SensorConfig.checkRecorder, openStenographer},
		{KindSpoor, SensorConfig.checkRecorder, openStenographer},
		{KindSSH, SensorConfig.checkSSH, openSSH},
		{KindFolder, SensorConfig.checkFolder, openFolder},
	}
}

func openStenographer(c SensorConfig) (Sensor, error) {
	s, err := NewStenographer(c)
	if err != nil {
		return nil, err // a nil *Stenographer would be a Sensor that is not nil
	}
	return s, nil
}

// Open returns the sensor that c describes. It reads its files; an error names
// the sensor, the member or the file, and its fault. Nothing is connected yet.
func Open(c SensorConfig) (Sensor, error) {
	c, err := c.Normal()
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(kinds(), func(k kind) bool { return k.name == c.Kind })
	return kinds()[i].open(c) // Normal has checked the kind
}

// checkKind checks what a sensor's kind needs.
func (c SensorConfig) checkKind() error {
	var names []string
	for _, k := range kinds() {
		if k.name == c.Kind {
			return k.check(c)
		}
		names = append(names, k.name)
	}
	return fmt.Errorf("its kind %q is none of: %s", c.Kind, strings.Join(names, ", "))
}

// brokenSensor stands for a sensor that can't be opened, so that it is not
// forgotten.
type brokenSensor struct {
	config SensorConfig
	err    error
}

func (b brokenSensor) Config() SensorConfig { return b.config }
func (b brokenSensor) Traits() Traits       { return Traits{} }

func (b brokenSensor) Packets(context.Context, Filter, Limits) (io.ReadCloser, error) {
	return nil, b.err
}

func (b brokenSensor) Health(context.Context) (Health, error) { return Health{}, b.err }
