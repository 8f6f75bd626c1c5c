package docs_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestNamedTestsAreThere: a test that a page names to show something exists; a
// name that ends with … is the beginning of one.
func TestNamedTestsAreThere(t *testing.T) {
	t.Parallel()
	function := regexp.MustCompile(`(?m)^func ([Tt]est[A-Z]\w*)\(`)
	var known []string
	err := filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.IsDir() && (d.Name() == "node_modules" || d.Name() == ".git") {
			return filepath.SkipDir
		}
		if err != nil || !strings.HasSuffix(path, ".go") {
			return err
		}
		text, err := os.ReadFile(path)
		for _, m := range function.FindAllStringSubmatch(string(text), -1) {
			known = append(known, m[1])
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	all := "\n" + strings.Join(known, "\n") + "\n"
	named := regexp.MustCompile("`([Tt]est[A-Z]\\w*)(…?)`")
	pages, err := filepath.Glob("*.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, page := range pages {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range named.FindAllStringSubmatch(string(text), -1) {
			end := "\n"
			if m[2] != "" {
				end = ""
			}
			if !strings.Contains(all, "\n"+m[1]+end) {
				t.Errorf("%s names %s, which is no test", page, m[0])
			}
		}
	}
}
