package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"sort"
	"strconv"
	"strings"

	"github.com/alecthomas/kong"
	"github.com/goccy/go-yaml"

	"spoor/fleet"
)

// fileConfig answers kong's flags from a YAML file whose keys are the flags'
// names. A flag on the command line and an environment variable win over it.
type fileConfig map[string]any

// loadYAML reads a configuration file. Errors of the syntax show the line.
func loadYAML(r io.Reader) (kong.Resolver, error) {
	c := fileConfig{}
	if err := yaml.NewDecoder(r).Decode(&c); err != nil && err != io.EOF {
		return nil, fmt.Errorf("configuration: %s", yaml.FormatError(err, false, true))
	}
	return c, nil
}

// Validate refuses keys that no command knows: a misspelled one would
// otherwise be ignored without a word.
func (c fileConfig) Validate(app *kong.Application) error {
	known := map[string]bool{}
	var walk func(n *kong.Node)
	walk = func(n *kong.Node) {
		for _, f := range n.Flags {
			known[f.Name] = true
		}
		for _, child := range n.Children {
			walk(child)
		}
	}
	walk(app.Node)
	var strange []string
	for key := range c {
		if !known[key] {
			strange = append(strange, key)
		}
	}
	if len(strange) > 0 {
		sort.Strings(strange)
		return fmt.Errorf("configuration: no flag is named %s", strings.Join(strange, ", "))
	}
	return nil
}

// Resolve returns the file's value of a flag, or nil.
func (c fileConfig) Resolve(_ *kong.Context, _ *kong.Path, flag *kong.Flag) (any, error) {
	for _, name := range flag.Envs {
		if _, set := os.LookupEnv(name); set {
			return nil, nil // kong would let the file win over the environment
		}
	}
	v, ok := c[flag.Name]
	if !ok {
		return nil, nil
	}
	switch v := v.(type) {
	case []any, map[string]any, bool, string:
		return v, nil
	}
	// Numbers go through the flag's own decoder, as they would in a shell.
	return fmt.Sprint(v), nil
}

// sensorFlag is a sensor of the configuration: an object in the file,
// name=...,url=...,ca=...,cert=...,key=... on the command line.
type sensorFlag fleet.SensorConfig

// UnmarshalJSON reads the file's form; kong hands it over as JSON.
func (s *sensorFlag) UnmarshalJSON(b []byte) error {
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode((*fleet.SensorConfig)(s)); err != nil {
		return fmt.Errorf("sensor %s: %s", b, strings.TrimPrefix(err.Error(), "json: "))
	}
	return nil
}

// UnmarshalText reads the command line's form.
func (s *sensorFlag) UnmarshalText(b []byte) error {
	pairs := map[string]any{}
	for _, part := range strings.Split(string(b), ",") {
		key, value, ok := strings.Cut(part, "=")
		if !ok {
			return fmt.Errorf("sensor %q: want name=...,url=...,ca=...,cert=...,key=..., got %q", b, part)
		}
		key, value = strings.TrimSpace(key), strings.TrimSpace(value)
		pairs[key] = value
		if n, err := strconv.Atoi(value); key == "queries" && err == nil {
			pairs[key] = n
		}
	}
	asJSON, err := json.Marshal(pairs)
	if err != nil {
		return err
	}
	return s.UnmarshalJSON(asJSON)
}

// sensorsOf opens the sensors of the configuration. The error names the
// sensor at fault.
func sensorsOf(flags []sensorFlag) ([]fleet.Sensor, error) {
	var all []fleet.Sensor
	seen := map[string]bool{}
	for _, f := range flags {
		c := fleet.SensorConfig(f)
		s, err := fleet.Open(c)
		if err != nil {
			return nil, err
		}
		id := s.Config().ID
		if seen[id] {
			return nil, fmt.Errorf("sensor %q: another sensor has the same id", id)
		}
		seen[id] = true
		all = append(all, s)
	}
	return all, nil
}
