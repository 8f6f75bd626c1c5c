// Package eventtest holds events against docs/event.schema.json in the tests of
// every room that makes, stores or sends them.
//
// The published schema lets unknown keys pass, as receivers must. Here they are
// faults: a key that we send is a key that the schema describes.
package eventtest

import (
	"bytes"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/dlrgate/dlrgate/event"
)

// Validate fails the test unless body is an event, a batch or a test event that
// the schema describes to the last key.
func Validate(t testing.TB, body []byte) {
	t.Helper()
	if err := Check(body); err != nil {
		t.Errorf("%v\n%s", err, body)
	}
}

// Check returns what is wrong with body, or nil.
func Check(body []byte) error {
	schema, err := strict()
	if err != nil {
		return err
	}
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("event: %w", err)
	}
	return schema.Validate(value)
}

// strict is the published schema, compiled so that unknown keys are faults.
var strict = sync.OnceValues(func() (*jsonschema.Schema, error) {
	doc, err := jsonschema.UnmarshalJSON(strings.NewReader(event.Schema()))
	if err != nil {
		return nil, fmt.Errorf("event.schema.json: %w", err)
	}
	forbidUnknown(doc)
	const name = "event.schema.json"
	c := jsonschema.NewCompiler()
	if err := c.AddResource(name, doc); err != nil {
		return nil, err
	}
	return c.Compile(name)
})

// forbidUnknown closes every object of the schema that lists its properties.
func forbidUnknown(node any) {
	switch n := node.(type) {
	case map[string]any:
		_, listed := n["properties"]
		if _, open := n["additionalProperties"]; listed && n["type"] == "object" && !open {
			n["additionalProperties"] = false
		}
		for key, child := range n {
			switch key {
			case "if", "then", "else", "not": // they say a part, and close nothing
			default:
				forbidUnknown(child)
			}
		}
	case []any:
		for _, child := range n {
			forbidUnknown(child)
		}
	}
}
