package config

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/viper"
)

const (
	envPrefix  = "DLRGATE_"
	tokenEnv   = envPrefix + "ADMIN_TOKEN"
	testPrefix = envPrefix + "TEST_"
)

// environment makes a map of what os.Environ returns. A variable that is set to
// nothing counts as unset.
func environment(environ []string) map[string]string {
	out := make(map[string]string, len(environ))
	for _, entry := range environ {
		if name, value, ok := strings.Cut(entry, "="); ok && value != "" {
			out[name] = value
		}
	}
	return out
}

// overlayEnvironment sets the scalars that have a variable.
func (l *loader) overlayEnvironment(v *viper.Viper) {
	l.fromEnv = map[string]string{}
	for _, s := range scalars(reflect.TypeFor[Config](), "") {
		text, ok := l.environ[s.variable()]
		if !ok {
			continue
		}
		l.fromEnv[s.path] = s.variable()
		v.Set(strings.ReplaceAll(s.path, ".", keyDelimiter), fromEnvironment(text, s.typ))
	}
}

// lintEnvironment warns of variables that look like ours and are not.
func (l *loader) lintEnvironment() {
	known := []string{strings.TrimPrefix(tokenEnv, envPrefix)}
	for _, s := range scalars(reflect.TypeFor[Config](), "") {
		known = append(known, strings.TrimPrefix(s.variable(), envPrefix))
	}
	for _, name := range slices.Sorted(maps.Keys(l.environ)) {
		word, ours := strings.CutPrefix(name, envPrefix)
		if !ours || strings.HasPrefix(name, testPrefix) || slices.Contains(known, word) || l.used[name] {
			continue
		}
		msg := "unknown variable: it overrides nothing"
		if near := nearest(word, known); near != "" {
			msg = fmt.Sprintf("unknown variable: did you mean %s?", envPrefix+near)
		}
		l.warnings = append(l.warnings, Fault{File: name, Msg: msg})
	}
}

// fromEnvironment reads an environment variable's text as what t needs.
func fromEnvironment(text string, t reflect.Type) any {
	switch t.Kind() {
	case reflect.Bool:
		if b, err := strconv.ParseBool(text); err == nil {
			return b
		}
	case reflect.Int:
		if n, err := strconv.Atoi(text); err == nil {
			return n
		}
	default:
	}
	return text
}
