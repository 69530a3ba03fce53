// Command spoor is a log-and-packet search server and its tools. One file a
// subcommand; what they do is in the other packages.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"

	"github.com/alecthomas/kong"
)

// cli is every subcommand with its flags. A flag's name is also its name in
// the configuration file and, in capitals behind SPOOR_, its environment
// variable.
type cli struct {
	Config  kong.ConfigFlag  `help:"Read flags from this YAML file." placeholder:"FILE"`
	Version kong.VersionFlag `help:"Print the version and stop." env:"-"`

	Serve  serveCmd  `cmd:"" help:"Run the server: ingest, search, the page and the fleet."`
	Demo   demoCmd   `cmd:"" help:"Build a small network with two sensors and show the whole story."`
	Sensor sensorCmd `cmd:"" help:"Serve a folder of capture files in Stenographer's protocol."`
	Ingest IngestCmd `cmd:"" help:"Send log and capture files to a running server."`
	Search SearchCmd `cmd:"" help:"Search a running server."`
	Fleet  FleetCmd  `cmd:"" help:"Jobs and sensors of a running server, and fetching packets."`

	Actionables ActionablesCmd `cmd:"" help:"Import actionables of other programs into a running server, and export them."`

	Backup  BackupCmd  `cmd:"" help:"Back up the data of a stopped server; a running one does it by POST /api/v1/backup."`
	Restore RestoreCmd `cmd:"" help:"Make a data folder of a backup."`
	Check   CheckCmd   `cmd:"" help:"Verify all data of a stopped server, or of a backup."`
}

func main() {
	os.Exit(run(os.Args[1:], os.Stdout, os.Stderr))
}

// run is main with everything a test wants to hold.
func run(args []string, stdout, stderr io.Writer) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	var c cli
	files, err := configFiles()
	if err != nil {
		fmt.Fprintln(stderr, "spoor:", err)
		return 2
	}
	exit := -1
	parser, err := kong.New(&c,
		kong.Name("spoor"),
		kong.Description("Search logs, pivot on what they say, fetch the packets behind a line."),
		kong.Vars{"version": version()},
		kong.Configuration(loadYAML, files...),
		kong.DefaultEnvars("SPOOR"),
		kong.BindTo(ctx, (*context.Context)(nil)),
		kong.Bind(output{stdout, stderr}),
		kong.Writers(stdout, stderr),
		kong.Exit(func(code int) { exit = code }),
		kong.UsageOnError(),
	)
	if err != nil {
		fmt.Fprintln(stderr, "spoor:", err)
		return 2
	}
	k, err := parser.Parse(args)
	if exit >= 0 {
		return exit // --help and --version have answered
	}
	if err != nil {
		fmt.Fprintln(stderr, "spoor:", err)
		return 2
	}
	if err := k.Run(); err != nil {
		var code exitCode
		if errors.As(err, &code) {
			return int(code)
		}
		fmt.Fprintln(stderr, "spoor:", err)
		return 1
	}
	return 0
}

// configFiles is the file that the environment names, if it does. kong would
// pass over one that is not there.
func configFiles() ([]string, error) {
	name := os.Getenv("SPOOR_CONFIG")
	if name == "" {
		return nil, nil
	}
	if _, err := os.Stat(name); err != nil {
		return nil, fmt.Errorf("SPOOR_CONFIG: %w", err)
	}
	return []string{name}, nil
}

// exitCode ends the program without another word.
type exitCode int

func (e exitCode) Error() string { return fmt.Sprintf("exit status %d", int(e)) }

// output is where a command writes: answers to out, everything else to err.
type output struct{ out, err io.Writer }

func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	text := info.Main.Version
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" && len(s.Value) >= 12 && (text == "" || text == "(devel)") {
			text = s.Value[:12]
		}
	}
	if text == "" {
		text = "(devel)"
	}
	return text + " " + info.GoVersion
}
