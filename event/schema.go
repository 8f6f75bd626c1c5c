package event

import _ "embed"

//go:generate cp ../docs/event.schema.json event.schema.json

//go:embed event.schema.json
var schema string

// Schema returns docs/event.schema.json, the JSON Schema (2020-12) of every
// body that a webhook gets.
func Schema() string { return schema }
