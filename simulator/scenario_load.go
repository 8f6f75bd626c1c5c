package simulator

import (
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
)

// LoadScenario reads a scenario file. The error is the operating system's when
// the file cannot be read, else a [ScenarioError] with every fault.
func LoadScenario(file string) (*Scenario, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	return ParseScenario(file, text)
}

// ParseScenario reads a scenario; file is its name in faults.
func ParseScenario(file string, text []byte) (*Scenario, error) {
	r := &scenarioReader{file: file}
	s := r.read(text)
	if len(r.faults) > 0 {
		slices.SortStableFunc(r.faults, func(a, b Fault) int {
			if a.Line != b.Line {
				return a.Line - b.Line
			}
			return a.Col - b.Col
		})
		return nil, &ScenarioError{Faults: r.faults}
	}
	return s, nil
}

// scenarioReader walks the nodes of the YAML, so that every fault has its place.
type scenarioReader struct {
	file   string
	faults []Fault
	sites  map[string]bool
	users  map[string]bool
}

func (r *scenarioReader) fault(n *yaml.Node, path, format string, args ...any) {
	line, col := 1, 1
	if n != nil && n.Line > 0 {
		line, col = n.Line, n.Column
	}
	r.faults = append(r.faults, Fault{r.file, line, col, path, fmt.Sprintf(format, args...)})
}

func (r *scenarioReader) read(text []byte) *Scenario {
	s := &Scenario{Seed: 1, Window: 10, Binds: 1, EnquireLink: 30 * time.Second, ReceiptDelay: time.Second}
	decoder := yaml.NewDecoder(strings.NewReader(string(text)))
	var doc, more yaml.Node
	if err := decoder.Decode(&doc); err != nil {
		if errors.Is(err, io.EOF) {
			r.fault(nil, "", "the file is empty; an account is needed: accounts: [{system_id: gw, count: 100}]")
			return s
		}
		r.syntax(err)
		return s
	}
	if !errors.Is(decoder.Decode(&more), io.EOF) {
		r.fault(&more, "", "one document only")
	}
	root := doc.Content[0]
	r.sites, r.users = map[string]bool{}, map[string]bool{}
	r.object(root, "", map[string]func(*yaml.Node, string){
		"seed":          func(n *yaml.Node, p string) { s.Seed = uint64(r.integer(n, p, 0)) },
		"listen":        func(n *yaml.Node, p string) { r.addSite(s, n, Site{Name: "main", Listen: r.address(n, p)}) },
		"sites":         func(n *yaml.Node, p string) { r.list(n, p, func(n *yaml.Node, p string) { r.site(s, n, p) }) },
		"window":        func(n *yaml.Node, p string) { s.Window = r.integer(n, p, 1) },
		"binds":         func(n *yaml.Node, p string) { s.Binds = r.integer(n, p, 1) },
		"enquire_link":  func(n *yaml.Node, p string) { s.EnquireLink = r.duration(n, p) },
		"receipt_delay": func(n *yaml.Node, p string) { s.ReceiptDelay = r.duration(n, p) },
		"tls": func(n *yaml.Node, p string) {
			r.object(n, p, map[string]func(*yaml.Node, string){
				"cert_file": func(n *yaml.Node, p string) { s.CertFile = r.text(n, p) },
				"key_file":  func(n *yaml.Node, p string) { s.KeyFile = r.text(n, p) },
			})
			if (s.CertFile == "") != (s.KeyFile == "") {
				r.fault(n, p, "cert_file and key_file go together")
			}
		},
		"resend":   func(n *yaml.Node, p string) { s.Resend = r.resend(n, p) },
		"accounts": func(n *yaml.Node, p string) { r.list(n, p, func(n *yaml.Node, p string) { r.account(s, n, p) }) },
		"events":   func(*yaml.Node, string) {}, // below, when all names are known
	})
	if events := child(root, "events"); events != nil {
		r.list(events, "events", func(n *yaml.Node, p string) { r.event(s, n, p) })
	}
	if len(s.Sites) == 0 {
		s.Sites = []Site{{Name: "main", Listen: "127.0.0.1:2775"}}
	}
	if len(s.Accounts) == 0 && len(r.faults) == 0 {
		r.fault(root, "accounts", "at least one account is needed: accounts: [{system_id: gw, count: 100}]")
	}
	return s
}

// syntax turns yaml's own message, "yaml: line N: …", into a fault.
func (r *scenarioReader) syntax(err error) {
	message, line := strings.TrimPrefix(err.Error(), "yaml: "), 1
	if rest, ok := strings.CutPrefix(message, "line "); ok {
		if digits, text, ok := strings.Cut(rest, ": "); ok {
			if n, err := strconv.Atoi(digits); err == nil {
				line, message = n, text
			}
		}
	}
	r.faults = append(r.faults, Fault{r.file, line, 1, "", "this is not YAML: " + message})
}

func (r *scenarioReader) site(s *Scenario, n *yaml.Node, path string) {
	var site Site
	r.object(n, path, map[string]func(*yaml.Node, string){
		"name":   func(n *yaml.Node, p string) { site.Name = r.text(n, p) },
		"listen": func(n *yaml.Node, p string) { site.Listen = r.address(n, p) },
	})
	if site.Name == "" || site.Listen == "" {
		r.fault(n, path, "a site has a name and listen: {name: paris, listen: 127.0.0.1:2775}")
		return
	}
	r.addSite(s, n, site)
}

func (r *scenarioReader) addSite(s *Scenario, n *yaml.Node, site Site) {
	if r.sites[site.Name] {
		r.fault(n, "sites", "a second site %q; give listen or sites, and each site a name of its own", site.Name)
	}
	r.sites[site.Name] = true
	s.Sites = append(s.Sites, site)
}

func (r *scenarioReader) resend(n *yaml.Node, path string) Resend {
	var out Resend
	r.object(n, path, map[string]func(*yaml.Node, string){
		"statuses": func(n *yaml.Node, p string) {
			out.Statuses = []CommandStatus{}
			r.list(n, p, func(n *yaml.Node, p string) { out.Statuses = append(out.Statuses, r.status(n, p)) })
		},
		"after":          func(n *yaml.Node, p string) { out.After = r.duration(n, p) },
		"limit":          func(n *yaml.Node, p string) { out.Limit = r.integer(n, p, 0) },
		"answer_timeout": func(n *yaml.Node, p string) { out.AnswerTimeout = r.duration(n, p) },
	})
	return out
}

func (r *scenarioReader) account(s *Scenario, n *yaml.Node, path string) {
	a := ScenarioAccount{}
	a.Dialect = DefaultDialect()
	if d := child(n, "dialect"); d != nil {
		a.Dialect = r.dialect(d, path+".dialect")
	}
	r.object(n, path, map[string]func(*yaml.Node, string){
		"system_id":    func(n *yaml.Node, p string) { a.SystemID = r.text(n, p) },
		"password":     func(n *yaml.Node, p string) { a.Password = r.text(n, p) },
		"max_sessions": func(n *yaml.Node, p string) { a.MaxSessions = r.integer(n, p, 0) },
		"linger":       func(n *yaml.Node, p string) { a.Linger = r.duration(n, p) },
		"dialect":      func(*yaml.Node, string) {}, // read above, since the keys below change it
		"quirks": func(n *yaml.Node, p string) {
			r.list(n, p, func(n *yaml.Node, p string) {
				if err := a.Dialect.apply([]string{r.text(n, p)}); err != nil {
					r.fault(n, p, "%v", err)
				}
			})
		},
		"count":              func(n *yaml.Node, p string) { a.Count = uint64(r.integer(n, p, 0)) },
		"rate":               func(n *yaml.Node, p string) { a.Rate = r.number(n, p, 1e6) },
		"intermediates":      func(n *yaml.Node, p string) { a.Dialect.Intermediates = r.number(n, p, 1) },
		"late_intermediates": func(n *yaml.Node, p string) { a.Dialect.LateIntermediates = r.number(n, p, 1) },
		"duplicates":         func(n *yaml.Node, p string) { a.Dialect.Duplicates = r.number(n, p, 1) },
		"reorder":            func(n *yaml.Node, p string) { a.Dialect.Reorder = r.integer(n, p, 0) },
		"outcomes":           func(n *yaml.Node, p string) { a.Dialect.Outcomes = r.outcomes(n, p) },
	})
	switch {
	case a.SystemID == "":
		r.fault(n, path, "system_id is missing")
	case r.users[a.SystemID]:
		r.fault(n, path, "a second account %q", a.SystemID)
	}
	r.users[a.SystemID] = true
	s.Accounts = append(s.Accounts, a)
}

func (r *scenarioReader) dialect(n *yaml.Node, path string) Dialect {
	d, err := DialectNamed(r.text(n, path))
	if err != nil {
		r.fault(n, path, "%v", err)
		return DefaultDialect()
	}
	return d
}

func (r *scenarioReader) event(s *Scenario, n *yaml.Node, path string) {
	var e Event
	r.object(n, path, map[string]func(*yaml.Node, string){
		"at":     func(n *yaml.Node, p string) { e.At = r.duration(n, p) },
		"for":    func(n *yaml.Node, p string) { e.For = r.duration(n, p) },
		"do":     func(n *yaml.Node, p string) { e.Do = Action(r.text(n, p)) },
		"status": func(n *yaml.Node, p string) { e.Status = r.status(n, p) },
		"count":  func(n *yaml.Node, p string) { e.Count = r.integer(n, p, 1) },
		"delay":  func(n *yaml.Node, p string) { e.Delay = r.duration(n, p) },
		"site": func(n *yaml.Node, p string) {
			if e.Site = r.text(n, p); !r.sites[e.Site] {
				r.fault(n, p, "no site %q", e.Site)
			}
		},
		"account": func(n *yaml.Node, p string) {
			if e.Account = r.text(n, p); !r.users[e.Account] {
				r.fault(n, p, "no account %q", e.Account)
			}
		},
	})
	r.judgeAction(n, path, e.Do)
	s.Events = append(s.Events, e)
}

// judgeAction holds an event's keys against what its action needs.
func (r *scenarioReader) judgeAction(n *yaml.Node, path string, do Action) {
	if n.Kind != yaml.MappingNode {
		return
	}
	needs, known := actions()[do]
	if !known {
		var names []string
		for name := range actions() {
			names = append(names, string(name))
		}
		slices.Sort(names)
		at := child(n, "do")
		if at == nil {
			at = n
		}
		r.fault(at, path+".do", "no action %q; the nearest is %q", do, nearest(string(do), names))
		return
	}
	for _, key := range append([]string{"at"}, needs...) {
		if child(n, key) == nil {
			r.fault(n, path, "%s needs %s", do, key)
		}
	}
	for _, key := range []string{"for", "status", "count", "delay"} {
		if at := child(n, key); at != nil && !slices.Contains(needs, key) {
			r.fault(at, path+"."+key, "%s has no %s", do, key)
		}
	}
}
