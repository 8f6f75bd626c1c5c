package config

import (
	"fmt"
	"net"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/go-playground/validator/v10"

	"github.com/dlrgate/dlrgate/mapping"
)

// checkRanges holds each value against its validate tag.
func (l *loader) checkRanges() {
	err := newValidator().Struct(&l.config)
	failures, _ := err.(validator.ValidationErrors) //nolint:errorlint // Struct returns it bare
	for _, f := range failures {
		path := strings.TrimPrefix(f.Namespace(), "Config.")
		l.fault(path, "%s", rangeMessage(f))
	}
}

func newValidator() *validator.Validate {
	v := validator.New()
	v.RegisterTagNameFunc(keyName)
	v.RegisterCustomTypeFunc(func(s reflect.Value) any { return s.Interface().(Secret).raw }, Secret{})
	v.RegisterCustomTypeFunc(func(u reflect.Value) any { return u.Interface().(URL).raw }, URL{})
	v.RegisterCustomTypeFunc(func(reflect.Value) any { return nil }, Zones{}, Pattern{}, IDPattern{})
	for tag, check := range forms {
		if err := v.RegisterValidation(tag, func(f validator.FieldLevel) bool { return check.ok(f.Field()) }); err != nil {
			panic(err) // a tag without a name: our own mistake, seen by the first test
		}
	}
	return v
}

// form is a tag of ours: what it accepts, and what is said of all else.
type form struct {
	ok  func(reflect.Value) bool
	msg string
}

func textForm(ok func(string) bool, msg string) form {
	return form{func(v reflect.Value) bool { return ok(v.String()) }, msg}
}

var (
	callingCode = regexp.MustCompile(`^[1-9][0-9]{0,2}$`)
	headerName  = regexp.MustCompile("^[A-Za-z0-9!#$%&'*+.^_`|~-]+$") // RFC 9110 §5.1, token
)

const oneLineOfText = "must be one line of text, without control characters"

var forms = map[string]form{
	"listen":       textForm(func(s string) bool { return listenFault(s) == "" }, ""),
	"hostport":     textForm(func(s string) bool { return hostPortFault(s) == "" }, ""),
	"host":         textForm(isHost, "must be one host name, without a port"),
	"name":         textForm(isName, "must be at most 64 characters, without spaces and slashes (it becomes part of operator/account/N and of labels)"),
	"cstring":      textForm(isPlain, "must not hold control characters"),
	"calling_code": textForm(callingCode.MatchString, `must be the digits of a country code, as in "33"`),
	"date_layout":  textForm(isDateLayout, `must be a Go layout with the year, month and day of 2006-01-02, as in "02.01.2006 15:04:05"`),
	"http_form":    textForm(func(s string) bool { return checkURL(s) == "" }, ""),
	"header_name":  textForm(headerName.MatchString, "is no name of an HTTP header"),
	"header_value": textForm(isHeaderValue, oneLineOfText),
	"status":       textForm(func(s string) bool { _, ok := mapping.StatusByName(s); return ok }, ""),
	"profile":      textForm(isProfile, ""),
	"temporary": {
		func(v reflect.Value) bool { return isTemporary(CommandStatus(v.Uint())) },
		"must be a temporary command_status, after which an SMSC sends again: 0x14 (queue full), 0x58 (throttled), 0x08, 0x64, or a vendor's from 0x400 on",
	},
}

func isProfile(s string) bool {
	_, ok := mapping.ProfileByName(s)
	return ok && s != ""
}

func hostPortFault(s string) string {
	host, port, err := net.SplitHostPort(s)
	switch {
	case err != nil || host == "" || !isHostText(host):
		return `must be host:port, as in "smsc.example:2775"`
	case !isPort(port):
		return "its port must be from 1 to 65535"
	}
	return ""
}

// isHostText leaves out what no host has, and what a terminal would act on.
func isHostText(s string) bool { return !strings.ContainsAny(s, " /@") && isPlain(s) }

// isPlain reports that s has no control characters.
func isPlain(s string) bool { return !strings.ContainsFunc(s, unicode.IsControl) }

func isPort(s string) bool {
	n, err := strconv.ParseUint(s, 10, 16)
	return err == nil && n > 0
}

// listenFault also takes no host, which is every address, and port 0, any free
// one.
func listenFault(s string) string {
	host, port, err := net.SplitHostPort(s)
	if err != nil || !isHostText(host) {
		return `must be host:port, as in "127.0.0.1:8275"`
	}
	if _, err = strconv.ParseUint(port, 10, 16); err != nil {
		return "its port must be from 1 to 65535, or 0 for any free one"
	}
	return ""
}

// isHeaderValue is RFC 9110 §5.5: no control characters but a tab.
func isHeaderValue(s string) bool { return isPlain(strings.ReplaceAll(s, "\t", "")) }

// isHost wants one name: nothing here takes a * for several.
func isHost(s string) bool { return s != "" && isHostText(s) && !strings.ContainsAny(s, ":*") }

func isName(s string) bool {
	const longest = 64
	return len(s) <= longest && !strings.ContainsFunc(s, func(r rune) bool {
		return r == '/' || unicode.IsSpace(r) || !unicode.IsPrint(r)
	})
}

// isDateLayout tries the layout: what it writes of a day it must read as that
// day.
func isDateLayout(layout string) bool {
	day := time.Date(2013, time.November, 29, 0, 0, 0, 0, time.UTC)
	read, err := time.Parse(layout, day.Format(layout))
	return err == nil && read.Year() == day.Year() && read.YearDay() == day.YearDay()
}

// temporary holds the statuses after which SMSCs are known to send again: as
// Kannel and Vonage document it, and SMPP 5.0's "service temporarily unavailable".
var temporary = []CommandStatus{0x08, 0x14, 0x45, 0x58, 0x64, 0x67, 0xFE, 0xFF, 0x102}

// isTemporary also takes those that SMPP 3.4 §5.1.3 leaves to vendors.
func isTemporary(s CommandStatus) bool {
	return slices.Contains(temporary, s) || s >= 0x400 && s <= 0x4FF
}

// rangeMessage says what would be right.
func rangeMessage(f validator.FieldError) string {
	switch tag := f.Tag(); tag {
	case "required":
		return "is needed"
	case "oneof":
		return oneOf(fmt.Sprint(f.Value()), strings.Fields(f.Param()))
	case "status":
		return statusFault(fmt.Sprint(f.Value()))
	case "profile":
		return profileFault(fmt.Sprint(f.Value()))
	case "listen":
		return listenFault(fmt.Sprint(f.Value()))
	case "hostport":
		return hostPortFault(fmt.Sprint(f.Value()))
	case "http_form":
		return checkURL(fmt.Sprint(f.Value()))
	case "min":
		return atLeast(f)
	case "max":
		if f.Kind() == reflect.String {
			return fmt.Sprintf("must have at most %s octets", f.Param())
		}
		return fmt.Sprintf("must be at most %s (got %v)", f.Param(), f.Value())
	case "gt":
		return fmt.Sprintf("must be more than %s (got %v)", f.Param(), f.Value())
	case "unique":
		return "holds the same value twice"
	case "ip":
		return fmt.Sprintf("must be an IP address (got %q)", f.Value())
	default:
		return forms[tag].msg
	}
}

func atLeast(f validator.FieldError) string {
	if f.Kind() == reflect.Slice {
		return "at least one is needed"
	}
	return fmt.Sprintf("must be at least %s (got %v)", f.Param(), f.Value())
}
