package dlrgate_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode"
)

// allowed are the licences that may be linked into the programs, by what each
// text says itself.
var allowed = map[string]string{
	"MIT":           "permission is hereby granted, free of charge, to any person obtaining a copy",
	"ISC or 0BSD":   "permission to use, copy, modify, and/or distribute this software for any purpose",
	"BSD":           "redistribution and use in source and binary forms, with or without modification, are permitted",
	"Apache-2.0":    "apache license version 2.0, january 2004",
	"public domain": "has been dedicated to the public domain by the authors",
}

// unlinked are texts of a linked module about what no program of ours contains.
var unlinked = map[string]string{
	"modernc.org/memory LICENSE-LOGO": "a picture in its repository",
}

// carried is one text of deploy/licences, below the line that tells whose it is.
var carried = regexp.MustCompile(`(?m)^==== (.+): (\S+) ====$`)

// licenceOf names the licence of a text, or "" for one that is not allowed.
func licenceOf(text string) string {
	words := strings.FieldsFunc(text, func(r rune) bool { return unicode.IsSpace(r) || r == '>' }) // > quotes
	said := strings.ToLower(strings.Join(words, " "))
	for name, phrase := range allowed {
		if strings.Contains(said, phrase) {
			return name
		}
	}
	return ""
}

// licences has what the packages carry: whose text it is, and which ones.
func licences(t *testing.T) map[string][]string {
	t.Helper()
	out, err := exec.Command("deploy/licences").Output()
	if err != nil {
		t.Fatalf("deploy/licences: %v", err)
	}
	whose := map[string][]string{}
	places := carried.FindAllSubmatchIndex(out, -1)
	for i, at := range places {
		end := len(out)
		if i+1 < len(places) {
			end = places[i+1][0]
		}
		of, file := string(out[at[2]:at[3]]), string(out[at[4]:at[5]])
		module, _, _ := strings.Cut(of, "@")
		licence := licenceOf(string(out[at[1]:end]))
		whose[module] = append(whose[module], licence)
		about := strings.HasPrefix(file, "NOTICE") || strings.HasPrefix(file, "PATENTS") // beside a licence
		if licence == "" && !about && unlinked[module+" "+file] == "" {
			t.Errorf("%s: %s: no licence that is allowed here", of, file)
		}
	}
	return whose
}

// TestLicences holds what the packages carry against what the programs contain:
// Go, each module that is linked, each script of the console. Each has a licence,
// and one that lets us pass it on.
func TestLicences(t *testing.T) {
	whose := licences(t)
	linked := exec.Command("go", "list", "-deps", "-f", "{{with .Module}}{{if not .Main}}{{.Path}}{{end}}{{end}}", "./cmd/dlrgate", "./cmd/smscsim")
	linked.Env = append(os.Environ(), "CGO_ENABLED=0")
	modules, err := linked.Output()
	if err != nil {
		t.Fatal(err)
	}
	goVersion, err := exec.Command("go", "env", "GOVERSION").Output()
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range append(strings.Fields(string(modules)), strings.TrimSpace(string(goVersion))) {
		if strings.Join(whose[name], "") == "" {
			t.Errorf("%s is linked, and the packages have no licence of it", name)
		}
	}
	table, err := os.ReadFile("admin/console/static/vendor/README.md")
	if err != nil {
		t.Fatal(err)
	}
	vendored, err := filepath.Glob("admin/console/static/vendor/*.*")
	if err != nil || len(vendored) == 0 {
		t.Fatalf("no scripts of the console: %v", err)
	}
	for _, script := range vendored {
		if ext := filepath.Ext(script); ext == ".LICENSE" || ext == ".md" {
			continue
		}
		row := regexp.MustCompile(`(?m)^\|.*\b` + regexp.QuoteMeta(filepath.Base(script)) + `\b.*, (\S+\.LICENSE) \|$`).FindSubmatch(table)
		if row == nil {
			t.Errorf("%s: README.md beside it does not name its licence", script)
			continue
		}
		if _, err := os.Stat(filepath.Join("admin/console/static/vendor", string(row[1]))); err != nil {
			t.Errorf("%s: %v", script, err)
		}
	}
}

// TestOtherLicencesAreRefused shows that a licence which asks for more than its
// text beside the program is not taken for one of those that do not.
func TestOtherLicencesAreRefused(t *testing.T) {
	for _, text := range []string{
		"GNU GENERAL PUBLIC LICENSE\nVersion 3, 29 June 2007",
		"Business Source License 1.1",
		"Mozilla Public License, version 2.0", // none is linked: a decision, when one shall be
		"All rights reserved.",
	} {
		if licence := licenceOf(text); licence != "" {
			t.Errorf("%q is taken for %s", text, licence)
		}
	}
	if licence := licenceOf("Permission is hereby granted, free of charge,\n  to any person obtaining\ta copy"); licence != "MIT" {
		t.Errorf("MIT over several lines is taken for %q", licence)
	}
}
