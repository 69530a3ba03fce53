package fleet_test

import (
	"strings"
	"testing"

	"spoor/fleet"
)

func TestSlug(t *testing.T) {
	for _, c := range []struct{ name, want string }{
		{"Region 1", "region-1"},
		{"  Núrnberg / DMZ #2 ", "n-rnberg-dmz-2"},
		{"region-1", "region-1"},
		{"--", ""},
		{"東京", ""},
		{"", ""},
	} {
		if got := fleet.Slug(c.name); got != c.want {
			t.Errorf("Slug(%q): got %q, want %q", c.name, got, c.want)
		}
	}
}

func TestSensorConfigSaysWhatIsWrong(t *testing.T) {
	good := fleet.SensorConfig{Name: "Region 1", URL: "https://10.0.0.1:1234", CA: "a", Cert: "b", Key: "c"}
	got, err := good.Normal()
	if err != nil || got.ID != "region-1" || got.Kind != "stenographer" || got.Tag != "packet" {
		t.Fatalf("good: got %+v, %v", got, err)
	}
	for _, c := range []struct {
		name   string
		change func(c *fleet.SensorConfig)
		want   string
	}{
		{"no name", func(c *fleet.SensorConfig) { c.Name = "" }, "it needs a name"},
		{"name without letters", func(c *fleet.SensorConfig) { c.Name = "東京" }, "it needs a name (or an id)"},
		{"id", func(c *fleet.SensorConfig) { c.ID = "Region 1" }, `like "region-1"`},
		{"control characters", func(c *fleet.SensorConfig) { c.Name = "a\nb" }, "control characters"},
		{"tag", func(c *fleet.SensorConfig) { c.Tag = "a b" }, "its tag"},
		{"kind", func(c *fleet.SensorConfig) { c.Kind = "arkime" }, `its kind "arkime"`},
		{"no url", func(c *fleet.SensorConfig) { c.URL = "" }, "url is missing"},
		{"http", func(c *fleet.SensorConfig) { c.URL = "http://10.0.0.1" }, "must begin with https://"},
		{"no host", func(c *fleet.SensorConfig) { c.URL = "https://:1234" }, "names no host"},
		{"broken url", func(c *fleet.SensorConfig) { c.URL = "https://[" }, "its url can't be read"},
		{"path", func(c *fleet.SensorConfig) { c.URL += "/query" }, "must end after the port"},
		{"user", func(c *fleet.SensorConfig) { c.URL = "https://me:secret@10.0.0.1" }, "its url holds a user"},
		{"pin", func(c *fleet.SensorConfig) { c.Pin = "12" }, "its pin"},
		{"no ca", func(c *fleet.SensorConfig) { c.CA = "" }, "ca is missing"},
		{"no cert", func(c *fleet.SensorConfig) { c.Cert = "" }, "cert is missing"},
		{"long id", func(c *fleet.SensorConfig) { c.ID = strings.Repeat("a", 65) }, "its id has 65 bytes"},
		{"long name", func(c *fleet.SensorConfig) { c.ID, c.Name = "a", strings.Repeat("a", 1<<20) }, "its name has"},
		{"long tag", func(c *fleet.SensorConfig) { c.Tag = strings.Repeat("a", 513) }, "its tag has 513 bytes"},
		{"long url", func(c *fleet.SensorConfig) { c.URL += strings.Repeat("1", 600) }, "its url has"},
		{"no key", func(c *fleet.SensorConfig) { c.Key = "" }, "key is missing"},
	} {
		t.Run(c.name, func(t *testing.T) {
			bad := good
			c.change(&bad)
			_, err := bad.Normal()
			if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "secret") {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}
