package admin

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// readBody decodes a JSON object; unknown members are faults, as they would
// otherwise widen what an act touches.
func readBody(r *http.Request, into any) error {
	if media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || media != "application/json" {
		return fault{http.StatusUnsupportedMediaType, "send Content-Type: application/json"}
	}
	body, err := io.ReadAll(r.Body)
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		return fault{http.StatusRequestEntityTooLarge, "the body is longer than " + strconv.FormatInt(tooLarge.Limit, 10) + " octets"}
	case err != nil:
		return invalid("the body cannot be read: %v", err)
	}
	d := json.NewDecoder(bytes.NewReader(body))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return badBody(body, err)
	}
	if d.More() {
		return invalid("the body cannot be read: there is more than one JSON object")
	}
	return nil
}

// badBody says what is wrong with a body, by the member's name where it is one.
func badBody(body []byte, err error) error {
	var kind *json.UnmarshalTypeError
	var at momentError
	switch {
	case errors.Is(err, io.EOF):
		return invalid("the body is empty: a JSON object is needed")
	case errors.As(err, &kind) && kind.Field == "":
		return invalid("the body is no JSON object, but a JSON %s", kind.Value)
	case errors.As(err, &kind):
		return invalid("%s: a JSON %s does not belong there; /api/v1/openapi.json says what does", memberOf(kind.Field), kind.Value)
	case errors.As(err, &at):
		return invalid("%s: %v", memberWith(body, string(at)), at)
	}
	return invalid("the body cannot be read: %v", err)
}

// memberWith returns the name of the member whose value is that string: a time's
// own error does not tell it.
func memberWith(body []byte, value string) string {
	var members map[string]any
	if json.Unmarshal(body, &members) == nil {
		for name, v := range members {
			if v == value {
				return name
			}
		}
	}
	return "a member"
}

// memberOf leaves out the name of an embedded struct, which begins with a capital.
func memberOf(field string) string {
	first, rest, nested := strings.Cut(field, ".")
	if nested && first[0] >= 'A' && first[0] <= 'Z' {
		return rest
	}
	return field
}

// moment is a time in a body or a parameter: RFC 3339, or a duration back from now.
type moment struct{ time.Time }

// UnmarshalText keeps the error for badBody, which knows the member's name.
func (m *moment) UnmarshalText(text []byte) error {
	v := string(text)
	if v == "" {
		return nil
	}
	if t, err := time.Parse(time.RFC3339, v); err == nil {
		m.Time = t
		return nil
	}
	if d, err := time.ParseDuration(v); err == nil && d >= 0 {
		m.Time = time.Now().Add(-d)
		return nil
	}
	return momentError(v)
}

// UnmarshalJSON is there because that of the embedded time would be.
func (m *moment) UnmarshalJSON(raw []byte) error {
	if string(raw) == "null" {
		return nil
	}
	var text string
	if json.Unmarshal(raw, &text) != nil {
		return momentError(raw)
	}
	return m.UnmarshalText([]byte(text))
}

// momentError is a text that is no moment.
type momentError string

func (n momentError) Error() string {
	return fmt.Sprintf("%q is neither a time as 2026-11-23T10:15:30Z nor a duration back from now as 24h", string(n))
}
