package config

import (
	"fmt"
	"reflect"
	"strings"
	"sync"
)

// key is one key of a part of the tree.
type key struct {
	name  string
	field reflect.StructField
}

// keysOf returns the keys of a part of the tree; a value has none, also one that
// is a struct, such as Secret.
func keysOf(t reflect.Type) []key {
	if t.Kind() != reflect.Struct {
		return nil
	}
	if known, ok := keysByType.Load(t); ok {
		return known.([]key)
	}
	var keys []key
	for field := range t.Fields() {
		if name := keyName(field); name != "" {
			keys = append(keys, key{name, field})
		}
	}
	keysByType.Store(t, keys)
	return keys
}

// keysByType holds what keysOf found: every value of a configuration asks.
var keysByType sync.Map

// keyName returns the key that a field holds.
func keyName(field reflect.StructField) string {
	name, _, _ := strings.Cut(field.Tag.Get("yaml"), ",")
	return name
}

func namesIn(known []key) []string {
	names := make([]string, len(known))
	for i, k := range known {
		names[i] = k.name
	}
	return names
}

func find(keys []key, name string) (key, bool) {
	for _, k := range keys {
		if k.name == name {
			return k, true
		}
	}
	return key{}, false
}

// scalar is a key outside lists that holds one value: what an environment
// variable can override.
type scalar struct {
	path string
	typ  reflect.Type
}

// variable is the name of the environment variable that overrides the scalar.
func (s scalar) variable() string {
	return envPrefix + strings.ToUpper(strings.ReplaceAll(s.path, ".", "_"))
}

// scalars returns every scalar of the tree below t.
func scalars(t reflect.Type, path string) []scalar {
	var out []scalar
	for _, k := range keysOf(t) {
		at, typ := join(path, k.name), k.field.Type
		switch {
		case typ.Kind() == reflect.Slice:
		case len(keysOf(typ)) > 0:
			out = append(out, scalars(typ, at)...)
		default:
			out = append(out, scalar{at, typ})
		}
	}
	return out
}

// visit calls fn with every value of type T in the tree v, and its path.
func visit[T any](v reflect.Value, path string, fn func(path string, value *T)) {
	switch {
	case v.CanAddr() && v.Type() == reflect.TypeFor[T]():
		fn(path, v.Addr().Interface().(*T))
	case v.Kind() == reflect.Pointer && !v.IsNil():
		visit(v.Elem(), path, fn)
	case v.Kind() == reflect.Slice:
		for i := range v.Len() {
			visit(v.Index(i), fmt.Sprintf("%s[%d]", path, i), fn)
		}
	case v.Kind() == reflect.Struct:
		for _, k := range keysOf(v.Type()) {
			visit(v.FieldByIndex(k.field.Index), join(path, k.name), fn)
		}
	}
}
