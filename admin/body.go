package admin

import (
	"bytes"
	"encoding/json"
	"errors"
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
	var at *time.ParseError
	switch {
	case errors.Is(err, io.EOF):
		return invalid("the body is empty: a JSON object is needed")
	case errors.As(err, &kind) && kind.Field == "":
		return invalid("the body is no JSON object, but a JSON %s", kind.Value)
	case errors.As(err, &kind):
		return invalid("%s: a JSON %s does not belong there; /api/v1/openapi.json says what does", kind.Field, kind.Value)
	case errors.As(err, &at):
		value := strings.Trim(at.Value, `"`)
		return invalid("%s: %q is not a time as 2026-11-23T10:15:30Z", memberWith(body, value), value)
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
