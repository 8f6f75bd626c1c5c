package config

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"strings"
)

// Options say where Load gets what is not in the file, and what its caller needs.
type Options struct {
	// Environ is the environment, as os.Environ returns it.
	Environ []string
	// Secrets says which secrets are resolved; all by default. Only then are the
	// files of certificates read.
	Secrets Secrets
	// Profile, if given, stands in place of every operator's profile.
	Profile string
}

// Secrets says which secrets a caller needs. One that it needs and that is unset
// or empty is a fault; the others stay unresolved.
type Secrets uint8

// What a caller needs.
const (
	AllSecrets Secrets = iota
	NoSecrets
	// TokensOnly resolves the admin tokens that can be resolved; one that
	// cannot is no fault.
	TokensOnly
)

// Load reads the configuration file, lays it and the environment over the
// defaults, and checks everything. It returns every fault at once, and warnings,
// which do not keep the configuration from working; with faults it returns no
// configuration.
//
// It ends with ctx: then that is the fault.
func Load(ctx context.Context, path string, o Options) (c *Config, faults, warnings []Fault) {
	data, err := readFile(path)
	if err != nil {
		return nil, []Fault{noFile(path, err)}, nil
	}
	return load(ctx, path, data, o)
}

// readFile reads a configuration, or what is one octet too much for it.
func readFile(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, mostOctets+1))
}

// load is Load of a file that was read.
func load(ctx context.Context, path string, data []byte, o Options) (c *Config, faults, warnings []Fault) {
	l, err := newLoader(path, data, o)
	switch {
	case err != nil:
		return nil, []Fault{{File: path, Msg: "cannot be found: " + err.Error()}}, nil
	case l.root == nil: // nothing could be read at all
		return nil, inOrder(l.faults), nil
	}
	l.read(ctx)
	l.judge(ctx)
	switch {
	case ctx.Err() != nil:
		return nil, []Fault{{File: path, Msg: "was not read to its end: " + ctx.Err().Error()}}, nil
	case len(l.faults) > 0:
		return nil, l.allFaults(), inOrder(l.warnings)
	}
	return &l.config, nil, inOrder(l.warnings)
}

// allFaults are those that were found, by place, and how many there are besides.
func (l *loader) allFaults() []Fault {
	all := inOrder(l.faults)
	if l.more > 0 {
		last := all[len(all)-1]
		all = append(all, Fault{File: l.file, Line: last.Line, Col: last.Col, Msg: fmt.Sprintf("%d more faults are not told: mend these first", l.more)})
	}
	return all
}

func newLoader(path string, data []byte, o Options) (*loader, error) {
	folder, err := filepath.Abs(filepath.Dir(path))
	if err != nil {
		return nil, err
	}
	return &loader{
		options:  o,
		folder:   folder,
		document: parse(path, data, reflect.TypeFor[Config]()),
		environ:  environment(o.Environ),
	}, nil
}

// read fills in the configuration and checks value by value.
func (l *loader) read(ctx context.Context) {
	l.decode(ctx)
	l.checkRanges()
	for _, path := range l.unquoted {
		l.fault(path, "%s, as in %q", errUnquoted, l.texts[path])
	}
	l.settle()
	l.resolveSecrets()
}

// judge checks what the values are together.
func (l *loader) judge(ctx context.Context) {
	l.checkTogether()
	l.checkRules(ctx)
	l.lint()
}

func unreadable(err error) string {
	if errors.Is(err, fs.ErrNotExist) {
		return "there is no such file"
	}
	if p := (*fs.PathError)(nil); errors.As(err, &p) {
		err = p.Err
	}
	return "cannot be read: " + err.Error()
}

// noFile says what to do about a configuration that cannot be read.
func noFile(path string, err error) Fault {
	advice := "name the configuration with -c FILE"
	if errors.Is(err, fs.ErrPermission) {
		advice = "let this user read it (chown, chmod), or name another with -c FILE"
	}
	return Fault{File: path, Msg: unreadable(err) + ": " + advice}
}

// loader is one Load on its way.
type loader struct {
	*document
	options  Options
	folder   string // of the configuration file
	environ  map[string]string
	used     map[string]bool   // variables that a secret names
	disabled map[string]bool   // operators, by path
	fromEnv  map[string]string // path → the variable that overrides it
	unquoted []string          // paths of text that needs quotes
	config   Config
	warnings []Fault
}

// fault reports msg at the path, unless something was already reported there or
// above it: a value that could not be read needs no second complaint.
func (l *loader) fault(path, format string, args ...any) {
	if !l.faulty(path) {
		l.add(path, format, args...)
	}
}

// faulty reports whether something was reported at the path or above it.
func (l *loader) faulty(path string) bool {
	for ; path != ""; path = parent(path) {
		if l.at[path] {
			return true
		}
	}
	return false
}

// add reports msg at the path, in any case.
func (l *loader) add(path, format string, args ...any) {
	f := l.place(path, fmt.Sprintf(format, args...))
	if name, ok := l.fromEnv[path]; ok {
		f.File, f.Line, f.Col = name, 0, 0
	}
	l.report(f)
}

// warn warns of what is at the path; nobody reads on past a thousand.
func (l *loader) warn(path, format string, args ...any) {
	if len(l.warnings) < mostFaults {
		l.warnings = append(l.warnings, l.place(path, fmt.Sprintf(format, args...)))
	}
}

// within reports whether path is at or below outer.
func within(path, outer string) bool {
	rest, ok := strings.CutPrefix(path, outer)
	return ok && (rest == "" || rest[0] == '.' || rest[0] == '[')
}

// settle makes the paths of files absolute and hands down what one part needs
// of another.
func (l *loader) settle() {
	visit(reflect.ValueOf(&l.config), "", func(_ string, f *File) {
		if *f != "" && !filepath.IsAbs(string(*f)) {
			*f = File(filepath.Join(l.folder, string(*f)))
		}
	})
	for i := range l.config.Operators {
		l.config.Operators[i].cutText = l.config.Privacy.Text == "drop"
	}
}
