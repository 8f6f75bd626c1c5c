package mapping

import (
	"bufio"
	"bytes"
	"embed"
	"encoding/csv"
	"fmt"
	"io/fs"
	"strconv"
	"strings"
	"sync"
)

// defaultProfile looks no code up: states decide alone.
const defaultProfile = "smpp"

// gsmMap is the profile, and the network error table, of the GSM MAP errors.
const gsmMap = "gsm_map"

//go:embed profiles/*.csv
var profileFiles embed.FS

// Profile is a named table of an operator's codes, with what the operator has
// published about its receipts.
type Profile struct {
	Name  string // as in configuration
	Title string // for readers
	// Source is where the table was published, Read when it was read there, Note
	// what a reader should know of it.
	Source, Read, Note string
	// Codes is how the table prints its codes: decimal, hex, stat (the stat
	// word is the code), or none.
	Codes string
	// NetworkErrors says what network_error_code carries, whatever its type octet
	// says: own (codes of this table), listed (codes of NetworkRows), or empty
	// (nothing is known of it).
	NetworkErrors string
	// LowBits is how many low bits of the published code err carries, when it
	// carries only a part; 0 is all of them.
	LowBits int
	Facts   []Fact
	Rows    []Row
	// NetworkRows is the operator's own list for network_error_code, when it
	// differs from the one for err.
	NetworkRows []Row
}

// Fact is a published default for one of an operator's configuration keys.
type Fact struct {
	Key    string // e.g. receipts.err_base
	Value  string // as in the configuration
	Source string // who says so
}

// The values of Profile.NetworkErrors.
const (
	NetworkErrorsOwn    = "own"
	NetworkErrorsListed = "listed"
)

// Row is one line of a profile's table. A row without Code is about a stat word.
type Row struct {
	Code string // as printed; empty when the row has only a stat
	Stat string // when the table prints one, else empty
	// Cause is the line of the Matrix that the row names.
	Cause   Status
	Meaning string
	Note    string // why this cause, when the meaning does not tell
}

// Profiles returns all named profiles, by name.
func Profiles() []Profile {
	names := profileNames()
	out := make([]Profile, 0, len(names))
	for _, n := range names {
		p, _ := ProfileByName(n)
		out = append(out, p)
	}
	return out
}

func profileNames() []string {
	files, err := fs.Glob(profileFiles, "profiles/*.csv")
	if err != nil {
		panic(err) // the pattern is a constant
	}
	for i, f := range files {
		files[i] = strings.TrimSuffix(strings.TrimPrefix(f, "profiles/"), ".csv")
	}
	return files
}

// ProfileByName finds a profile by its name; the empty name is smpp. Its facts
// and rows are shared: they are not to be changed.
func ProfileByName(name string) (Profile, bool) {
	if name == "" {
		name = defaultProfile
	}
	p, ok := parsedProfiles()[name]
	return p, ok
}

// parsedProfiles are all of them by name, read once: a configuration asks for
// one several times an operator.
var parsedProfiles = sync.OnceValue(func() map[string]Profile {
	all := map[string]Profile{}
	for _, name := range profileNames() {
		data, err := profileFiles.ReadFile("profiles/" + name + ".csv")
		if err != nil {
			panic(err) // it was just listed
		}
		p, err := parseProfile(data)
		if err != nil {
			panic(fmt.Sprintf("embedded profile %s: %v", name, err)) // a test reads every one
		}
		p.Name = name
		all[name] = p
	}
	return all
})

// parseProfile reads a profile: "# key: value" lines, then CSV with a heading.
func parseProfile(data []byte) (Profile, error) {
	var p Profile
	lines := bufio.NewScanner(bytes.NewReader(data))
	for lines.Scan() {
		head, ok := strings.CutPrefix(lines.Text(), "# ")
		if !ok {
			break
		}
		key, value, _ := strings.Cut(head, ": ")
		if err := p.setHead(key, value); err != nil {
			return p, err
		}
	}
	r := csv.NewReader(bytes.NewReader(data))
	r.Comment = '#'
	r.FieldsPerRecord = 0 // as many as the heading: the sixth, "in", only where there are two lists
	records, err := r.ReadAll()
	if err != nil {
		return p, err
	}
	for _, rec := range records[1:] {
		cause, ok := StatusByName(rec[2])
		if !ok {
			return p, fmt.Errorf("row %q: unknown status %q", rec[0]+rec[1], rec[2])
		}
		row := Row{Code: rec[0], Stat: rec[1], Cause: cause, Meaning: rec[3], Note: rec[4]}
		if len(rec) > 5 && rec[5] == "network_error_code" {
			p.NetworkRows = append(p.NetworkRows, row)
		} else {
			p.Rows = append(p.Rows, row)
		}
	}
	return p, nil
}

func (p *Profile) setHead(key, value string) (err error) {
	switch key {
	case "title":
		p.Title = value
	case "source":
		p.Source = value
	case "read":
		p.Read = value
	case "note":
		p.Note = value
	case "codes":
		p.Codes = value
	case "network_error_code":
		p.NetworkErrors = value
	case "low_bits":
		p.LowBits, err = strconv.Atoi(value)
	case "fact":
		set, source, _ := strings.Cut(value, " | ")
		k, v, _ := strings.Cut(set, " = ")
		p.Facts = append(p.Facts, Fact{Key: k, Value: v, Source: source})
	default:
		err = fmt.Errorf("unknown heading %q", key)
	}
	return err
}
