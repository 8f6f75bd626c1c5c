package admin

import (
	"net/http"
	"path/filepath"
	"strings"
)

// reloadJSON is what a reload changes, or would change.
type reloadJSON struct {
	DryRun  bool     `json:"dry_run"`
	Changes []string `json:"changes"`
}

func (a *api) reload(r *http.Request) (answer, error) {
	p := readParams(r, "dry_run")
	var in struct { // as the other acts have it
		DryRun bool `json:"dry_run"`
	}
	asked := p.flag("dry_run")
	if p.err != nil {
		return answer{}, p.err
	}
	if r.ContentLength != 0 {
		if err := readBody(r, &in); err != nil {
			return answer{}, err
		}
	}
	in.DryRun = in.DryRun || asked
	plan, err := a.gateway.Reload(r.Context(), in.DryRun)
	if err != nil {
		return answer{}, err
	}
	return did(strings.TrimSpace(dryWord(in.DryRun)), reloadJSON{in.DryRun, append([]string{}, plan...)})
}

func (a *api) backup(r *http.Request) (answer, error) {
	var in struct {
		Dir string `json:"dir"`
	}
	if err := readBody(r, &in); err != nil {
		return answer{}, err
	}
	if !filepath.IsAbs(in.Dir) {
		return answer{}, invalid("dir: %q is not the absolute path of a folder on the gateway's machine", in.Dir)
	}
	result, err := a.gateway.Backup(r.Context(), in.Dir)
	if err != nil {
		return answer{}, err
	}
	return did(in.Dir, result)
}

func (a *api) erase(r *http.Request) (answer, error) {
	var in struct {
		Recipient string `json:"recipient"`
		Now       bool   `json:"now"`
	}
	if err := readBody(r, &in); err != nil {
		return answer{}, err
	}
	const least = 6 // of fewer digits are parts of everybody's
	in.Recipient = plainNumber(in.Recipient)
	if !isNumber(in.Recipient, 1) || len(strings.TrimLeft(in.Recipient, "+0")) < least {
		return answer{}, invalid("recipient: a whole phone number is needed, six digits or more behind plus sign and noughts")
	}
	result, err := a.gateway.Erase(r.Context(), in.Recipient, in.Now)
	if err != nil {
		return answer{}, err
	}
	return ok(result)
}

type levelJSON struct {
	Level string `json:"level"`
}

func (a *api) logLevel(*http.Request) (answer, error) { return ok(levelJSON{a.gateway.LogLevel()}) }

func (a *api) setLogLevel(r *http.Request) (answer, error) {
	var in levelJSON
	if err := readBody(r, &in); err != nil {
		return answer{}, err
	}
	switch in.Level {
	case "debug", "info", "warn", "error":
	default:
		return answer{}, invalid("level: %q is none of debug, info, warn, error", in.Level)
	}
	if err := a.gateway.SetLogLevel(in.Level); err != nil {
		return answer{}, err
	}
	return did(in.Level, in)
}
