package config

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/go-viper/mapstructure/v2"
	"github.com/spf13/viper"
)

// keyDelimiter cannot occur in a key.
const keyDelimiter = "\x1f"

// decode lays the file and then the environment over the defaults. Viper does
// the laying; the file comes to it as checked nodes, because its own reading
// drops keys that differ in case and has no line numbers.
func (l *loader) decode(ctx context.Context) {
	v := viper.NewWithOptions(viper.KeyDelimiter(keyDelimiter))
	var file map[string]any
	if err := l.root.Decode(&file); err != nil {
		l.syntax(err)
		return
	}
	if err := v.MergeConfigMap(file); err != nil {
		l.syntax(err)
		return
	}
	l.overlayEnvironment(v)
	err := v.Unmarshal(&l.config, func(c *mapstructure.DecoderConfig) {
		c.TagName = "yaml"
		c.WeaklyTypedInput = false
		c.DecodeHook = mapstructure.DecodeHookFuncValue(func(from, to reflect.Value) (any, error) {
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			return l.convert(from, to)
		})
	})
	l.reportDecoding(err)
	if len(l.unquoted) > 0 {
		l.takeUnquoted()
	}
}

// reportDecoding reports each of the joined errors at its path. errors.As would
// find the first one only.
func (l *loader) reportDecoding(err error) {
	var e *mapstructure.DecodeError
	switch joined := err.(type) { //nolint:errorlint // this is the walk over the joined errors
	case nil:
	case *mapstructure.DecodeError:
		if inner := joined.Unwrap(); errors.As(inner, &e) {
			l.reportDecoding(inner)
			return
		}
		if errors.Is(joined, errUnquoted) {
			l.unquoted = append(l.unquoted, joined.Name())
			return
		}
		l.fault(joined.Name(), "%s", readable(joined))
	case interface{ Unwrap() []error }:
		for _, one := range joined.Unwrap() {
			l.reportDecoding(one)
		}
	case interface{ Unwrap() error }:
		l.reportDecoding(joined.Unwrap())
	default:
		l.fault("", "%s", err)
	}
}

// readable is what convert said of a value; mapstructure's own words could hold
// the value, which may be secret.
func readable(e *mapstructure.DecodeError) string {
	if v := valueError(""); errors.As(e, &v) {
		return string(v)
	}
	return "has a value that cannot be used here"
}

// takeUnquoted takes what was written without quotes as the text that it should
// have been: so its other faults are told instead, in one step.
func (l *loader) takeUnquoted() {
	visit(reflect.ValueOf(&l.config), "", func(path string, text *string) {
		if slices.Contains(l.unquoted, path) {
			*text = l.texts[path]
		}
	})
}

// A number, a date or a yes would not come out as it was written: 045 is 37.
const (
	errUnquoted       = valueError("must be text: put it in quotes")
	errUnquotedSecret = valueError("must be text: put it in quotes, so that it is taken as it is written")
)

// valueError says what is wrong with a value and what would be right.
type valueError string

func (e valueError) Error() string { return string(e) }

// convert is called before each value is decoded: it sets defaults, refuses
// what is of another kind, and reads the values that have a form of their own.
func (l *loader) convert(from, to reflect.Value) (any, error) {
	if to.CanAddr() {
		l.setDefaults(from, to)
	}
	if to.Kind() == reflect.Pointer { // decoded again as what it points to
		return from.Interface(), nil
	}
	if from.Kind() == reflect.Interface {
		from = from.Elem()
	}
	value, err := convertValue(from, to.Type())
	var v valueError
	if err != nil && !errors.As(err, &v) {
		err = valueError(err.Error())
	}
	return value, err
}

// setDefaults fills in what the file's keys are then laid over; for an operator
// the published facts of its profile are part of that.
func (l *loader) setDefaults(from, to reflect.Value) {
	d, ok := to.Addr().Interface().(defaulter)
	if !ok {
		return
	}
	d.setDefaults()
	keys, isMap := from.Interface().(map[string]any)
	operator, isOperator := d.(*Operator)
	if !isMap || !isOperator {
		return
	}
	if l.options.Profile != "" {
		keys["profile"] = l.options.Profile
	}
	if name, ok := keys["profile"].(string); ok {
		operator.setProfile(name)
	}
	shareWithAccounts(keys)
}

// shareWithAccounts gives each account the operator's binds and system_type that
// has none of its own. What is wrong with them is told once, at the operator.
func shareWithAccounts(operator map[string]any) {
	shared := map[string]any{}
	if n, ok := operator["binds"].(int); ok && n > 0 {
		shared["binds"] = n
	}
	if text, ok := operator["system_type"].(string); ok {
		shared["system_type"] = text
	}
	accounts, _ := operator["accounts"].([]any)
	for _, a := range accounts {
		account, ok := a.(map[string]any)
		if !ok {
			continue
		}
		for key, value := range shared {
			if account[key] == nil {
				account[key] = value
			}
		}
	}
}

func convertValue(from reflect.Value, to reflect.Type) (any, error) {
	switch to {
	case reflect.TypeFor[time.Duration]():
		return fromText(from, parseDuration)
	case reflect.TypeFor[Size]():
		return fromText(from, parseSize)
	case reflect.TypeFor[Tag]():
		return fromText(from, parseTag)
	case reflect.TypeFor[CommandStatus]():
		return fromText(from, parseCommandStatus)
	}
	if from.Kind() == reflect.String {
		switch to {
		case reflect.TypeFor[Secret]():
			return Secret{raw: from.String()}, nil
		case reflect.TypeFor[URL]():
			return URL{Secret{raw: from.String()}}, nil
		case reflect.TypeFor[Pattern]():
			return parsePattern(from.String())
		case reflect.TypeFor[IDPattern]():
			return parseIDPattern(from.String())
		case reflect.TypeFor[Zone]():
			return parseZone(from.String())
		case reflect.TypeFor[Zones]():
			return parseZones(from.String())
		}
	}
	return from.Interface(), sameKind(from, to)
}

// fromText parses a value that may be written as a number or as text.
func fromText[T any](from reflect.Value, parse func(string) (T, error)) (any, error) {
	switch from.Kind() {
	case reflect.String:
		return parse(from.String())
	case reflect.Int, reflect.Int64, reflect.Uint64, reflect.Float64:
		return parse(fmt.Sprint(from.Interface()))
	default:
		return nil, fmt.Errorf("needs one value, not %s", kindName(from))
	}
}

// sameKind refuses what a lenient decoder would bend into shape: codes with
// leading zeros, versions and yes/no words change silently when they are.
func sameKind(from reflect.Value, to reflect.Type) error {
	text := to.Kind() == reflect.String || to.Kind() == reflect.Struct && len(keysOf(to)) == 0
	isNumber := from.CanInt() || from.CanUint() || from.CanFloat()
	isTime := from.Type() == reflect.TypeFor[time.Time]()
	switch {
	case text && (isNumber || isTime || from.Kind() == reflect.Bool):
		if to.Kind() == reflect.Struct {
			return errUnquotedSecret
		}
		return errUnquoted
	case text && from.Kind() != reflect.String:
		return fmt.Errorf("must be text, not %s", kindName(from))
	case to.Kind() == reflect.Bool && from.Kind() != reflect.Bool:
		return errors.New("must be true or false")
	case to.Kind() == reflect.Int && !from.CanInt():
		return errors.New("must be a whole number, without quotes")
	case to.Kind() == reflect.Float64 && !isNumber:
		return errors.New("must be a number, without quotes")
	case to.Kind() == reflect.Slice && from.Kind() != reflect.Slice:
		return errors.New("must be a list, as in [a, b]")
	case to.Kind() == reflect.Struct && !text && from.Kind() != reflect.Map:
		return fmt.Errorf("must hold keys (%s), not %s", strings.Join(namesIn(keysOf(to)), ", "), kindName(from))
	}
	return nil
}

func kindName(v reflect.Value) string {
	switch v.Kind() {
	case reflect.Slice:
		return "a list"
	case reflect.Map:
		return "keys"
	case reflect.Bool:
		return "true or false"
	default:
		return "one value"
	}
}
