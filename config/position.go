package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strconv"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

// document is a configuration file as YAML nodes: where each key stands, and
// what is wrong with the keys themselves. What is faulty is cut out, so that the
// values of all the rest can still be checked.
type document struct {
	file   string
	data   []byte
	root   *yaml.Node
	places map[string]*yaml.Node // by path; a key's node, or a list item's
	texts  map[string]string     // by path; the single values as they are written
	faults []Fault
	at     map[string]bool // the paths of the faults
	more   int             // faults past mostFaults
}

// What a configuration may hold. Whoever wants more has made a mistake, or means
// harm: a running gateway reads what its API is sent.
const (
	mostOctets = 8 << 20
	mostItems  = 10_000 // of one list
	mostFaults = 1_000  // that are told at once; as many warnings
)

// parse reads data and holds its keys against the tree of t.
func parse(file string, data []byte, t reflect.Type) *document {
	d := &document{file: file, data: data, places: map[string]*yaml.Node{}, texts: map[string]string{}, at: map[string]bool{}}
	if len(data) > mostOctets {
		d.misread(1, 1, fmt.Sprintf("the file is longer than the %s that a configuration may have", Size(mostOctets)))
		return d
	}
	var n yaml.Node
	decoder := yaml.NewDecoder(bytes.NewReader(data))
	switch err := decoder.Decode(&n); {
	case errors.Is(err, io.EOF), err == nil && len(n.Content) == 0:
		d.misread(1, 1, "the file is empty: it needs operators and endpoints")
		return d
	case err != nil:
		d.syntax(err)
		return d
	}
	var second yaml.Node
	if err := decoder.Decode(&second); err == nil {
		d.misread(second.Line, second.Column, "a second document begins here: a configuration is one document")
	} else if !errors.Is(err, io.EOF) {
		d.syntax(err)
	}
	root := n.Content[0]
	if root.Kind != yaml.MappingNode {
		d.misread(root.Line, root.Column, "the file needs keys such as operators and endpoints at its top")
		return d
	}
	d.root = root
	d.clean(root, t, "")
	return d
}

func (d *document) misread(line, col int, msg string) {
	d.report(Fault{File: d.file, Line: line, Col: col, Msg: msg})
}

func (d *document) report(f Fault) {
	if len(d.faults) == mostFaults {
		d.more++
		return
	}
	d.faults = append(d.faults, f)
	d.at[f.Path] = true
}

// fault reports msg at the path, or at what holds it when it is not there.
func (d *document) fault(path, format string, args ...any) {
	d.report(d.place(path, fmt.Sprintf(format, args...)))
}

func (d *document) place(path, msg string) Fault {
	f := Fault{File: d.file, Path: path, Msg: msg}
	for at := path; ; at = parent(at) {
		if n, ok := d.places[at]; ok {
			f.Line, f.Col = n.Line, n.Column
			return f
		}
		if at == "" {
			f.Line, f.Col = 1, 1
			return f
		}
	}
}

// parent returns the path of what holds path.
func parent(path string) string {
	return path[:max(0, strings.LastIndexAny(path, ".["))]
}

// join returns the path of a key within path.
func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}

// clean checks the keys within n, which holds a t, and notes their places. So
// what is left of a file is as deep as the tree, whatever the file holds.
func (d *document) clean(n *yaml.Node, t reflect.Type, path string) {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch {
	case n.Kind == yaml.ScalarNode:
		d.texts[path] = n.Value
	case n.Kind == yaml.AliasNode:
		d.report(Fault{d.file, n.Line, n.Column, path, "aliases are not supported: write the value out"})
		*n = yaml.Node{Kind: yaml.ScalarNode, Tag: "!!null", Line: n.Line, Column: n.Column}
	case n.Kind == yaml.MappingNode && len(keysOf(t)) > 0:
		d.cleanKeys(n, keysOf(t), path)
	case n.Kind == yaml.SequenceNode && t.Kind() == reflect.Slice:
		d.cleanItems(n, t.Elem(), path)
	default:
		empty(n)
	}
}

// empty takes out what a list or keys hold where neither can stand: that they
// are there is told when they are decoded. Keys without any would pass unseen.
func empty(n *yaml.Node) {
	n.Content = nil
	if n.Kind == yaml.MappingNode {
		one := func(tag, value string) *yaml.Node { return &yaml.Node{Kind: yaml.ScalarNode, Tag: tag, Value: value} }
		n.Content = []*yaml.Node{one("!!str", "key"), one("!!bool", "true")}
	}
}

// cleanItems checks the items of a list.
func (d *document) cleanItems(n *yaml.Node, t reflect.Type, path string) {
	if len(n.Content) > mostItems {
		d.fault(path, "has %d entries, and %d are the most", len(n.Content), mostItems)
		n.Content = nil
	}
	for i, item := range n.Content {
		itemPath := fmt.Sprintf("%s[%d]", path, i)
		d.places[itemPath] = item
		if item.Tag == "!!null" {
			d.fault(itemPath, "is empty: fill it in or take it out")
		}
		d.clean(item, t, itemPath)
	}
}

// cleanKeys checks the keys of a mapping against those that are known. What
// stands under a misspelt one is read as if it were spelt right: its faults are
// told too, and nobody hears that the key is missing.
func (d *document) cleanKeys(n *yaml.Node, known []key, path string) {
	kept := n.Content[:0]
	given, seen := namesOf(n), map[string]bool{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		name, value := n.Content[i], n.Content[i+1]
		keyPath, lower := join(path, name.Value), strings.ToLower(name.Value)
		k, ok := find(known, name.Value)
		fault := ""
		switch {
		case name.Kind != yaml.ScalarNode || name.Tag != "!!str":
			keyPath, fault, ok = path, "a key must be a word, not "+describe(name), false
		case seen[lower]:
			fault, ok = "is here twice (upper and lower case are one): keep one", false
		case !ok:
			fault = unknownKey(name.Value, known)
			if k, ok = meant(name.Value, known); ok && k.name != lower {
				ok = !given[k.name]
				given[k.name] = true
			}
		}
		seen[lower] = true
		if fault != "" {
			d.report(Fault{d.file, name.Line, name.Column, keyPath, fault})
		}
		if !ok {
			continue
		}
		name.Value, keyPath = k.name, join(path, k.name)
		d.places[keyPath] = name
		d.clean(value, k.field.Type, keyPath)
		kept = append(kept, name, value)
	}
	n.Content = kept
}

// namesOf returns the keys of a mapping in lower case.
func namesOf(n *yaml.Node) map[string]bool {
	names := map[string]bool{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		names[strings.ToLower(n.Content[i].Value)] = true
	}
	return names
}

func describe(n *yaml.Node) string {
	switch n.Kind {
	case yaml.AliasNode:
		return "an alias"
	case yaml.ScalarNode:
		if n.Tag == "!!merge" {
			return "a merge (<<): write the keys out"
		}
		return strconv.Quote(n.Value)
	default:
		return "a list or a map"
	}
}

// meant returns the known key that a misspelt one probably is.
func meant(name string, known []key) (key, bool) {
	return find(known, nearest(name, namesIn(known)))
}

func unknownKey(name string, known []key) string {
	if odd := strings.IndexFunc(name, isOddBlank); odd >= 0 {
		r, _ := utf8.DecodeRuneInString(name[odd:])
		return fmt.Sprintf("holds an odd blank (U+%04X): YAML indents with plain ones", r)
	}
	if near, ok := meant(name, known); ok {
		return fmt.Sprintf("unknown key: did you mean %q?", near.name)
	}
	return "unknown key: known here are " + strings.Join(namesIn(known), ", ")
}
