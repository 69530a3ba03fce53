package main

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
)

// parse reads a serve command from a file, an environment and arguments.
func parse(t *testing.T, file string, env map[string]string, args ...string) (serveCmd, error) {
	t.Helper()
	for name, value := range env {
		t.Setenv(name, value)
	}
	name := filepath.Join(t.TempDir(), "spoor.yaml")
	if err := os.WriteFile(name, []byte(file), 0o600); err != nil {
		t.Fatal(err)
	}
	var c cli
	p, err := kong.New(&c, kong.Name("spoor"), kong.Configuration(loadYAML), kong.DefaultEnvars("SPOOR"),
		kong.Vars{"version": ""}, kong.Writers(io.Discard, io.Discard))
	if err != nil {
		t.Fatal(err)
	}
	_, err = p.Parse(append([]string{"serve", "--config", name}, args...))
	return c.Serve, err
}

// Ensure that a flag wins over the environment, that over the file, and that
// over the default.
func TestFlagsWinOverEnvironmentOverFile(t *testing.T) {
	const file = "listen: 127.0.0.1:1\nseal-size: 1\nsearch-timeout: 1s\n"
	c, err := parse(t, file, map[string]string{"SPOOR_LISTEN": "127.0.0.1:2", "SPOOR_SEAL_SIZE": "2"}, "--listen", "127.0.0.1:3")
	if err != nil {
		t.Fatal(err)
	}
	if c.Listen != "127.0.0.1:3" || c.SealSize != 2 || c.SearchTimeout.String() != "1s" || c.Data != "spoor-data" {
		t.Errorf("got listen %s, seal-size %d, search-timeout %s, data %s", c.Listen, c.SealSize, c.SearchTimeout, c.Data)
	}
}

// Ensure that sensors can be named in every place that flags can.
func TestSensorsComeFromFileEnvironmentAndFlags(t *testing.T) {
	const file = `
sensor:
  - name: Region 1
    url: https://127.0.0.1:1234
    ca: ca.pem
    cert: cert.pem
    key: key.pem
  - {name: Region 2, url: "https://127.0.0.1:1235", pin: abcd}
`
	c, err := parse(t, file, nil)
	if err != nil {
		t.Fatal(err)
	}
	if len(c.Sensor) != 2 || c.Sensor[0].Name != "Region 1" || c.Sensor[0].CA != "ca.pem" || c.Sensor[1].Pin != "abcd" {
		t.Errorf("file: got %+v", c.Sensor)
	}
	c, err = parse(t, "", map[string]string{"SPOOR_SENSOR": "name=A,url=https://a;name=B,url=https://b"})
	if err != nil {
		t.Fatal(err)
	}
	if len(c.Sensor) != 2 || c.Sensor[1].Name != "B" {
		t.Errorf("environment: got %+v", c.Sensor)
	}
	os.Unsetenv("SPOOR_SENSOR")
	c, err = parse(t, "", nil, "--sensor", "name=A,url=https://a", "--sensor", "name=B,url=https://b,tag=dmz")
	if err != nil {
		t.Fatal(err)
	}
	if len(c.Sensor) != 2 || c.Sensor[1].Tag != "dmz" {
		t.Errorf("flags: got %+v", c.Sensor)
	}
}

// Ensure that what is wrong in a configuration is named with its place.
func TestBadConfigurationSaysWhere(t *testing.T) {
	cases := []struct{ name, file, want string }{
		{"syntax", "listen: 127.0.0.1:1\n  data: [\n", "2"},
		{"unknown key", "listen: 127.0.0.1:1\nlissten: x\n", "lissten"},
		{"unknown member of a sensor", "sensor:\n  - {name: A, uri: https://a}\n", "uri"},
		{"wrong type", "seal-size: large\n", "seal-size"},
		{"wrong duration", "search-timeout: soon\n", "search-timeout"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			_, err := parse(t, c.file, nil)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got error %v, want one with %q", err, c.want)
			}
		})
	}
	if _, err := parse(t, "", nil, "--sensor", "Region 1"); err == nil || !strings.Contains(err.Error(), "Region 1") {
		t.Errorf("a sensor without members: got error %v", err)
	}
}
