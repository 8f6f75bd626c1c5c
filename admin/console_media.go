package admin

import (
	"crypto/sha256"
	"encoding/hex"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strings"
)

// media are the files that pages refer to: embedded, named with the hash of
// their content, and so kept by browsers for ever.
type media struct {
	files     map[string][]byte // by address
	addresses map[string]string // by name
}

func newMedia() *media {
	m := &media{files: map[string][]byte{}, addresses: map[string]string{}}
	const root = "console/static"
	err := fs.WalkDir(consoleFiles, root, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		content, err := fs.ReadFile(consoleFiles, name)
		if err != nil {
			return err
		}
		sum := sha256.Sum256(content)
		address := "/static/" + hex.EncodeToString(sum[:8]) + "/" + path.Base(name)
		m.files[address], m.addresses[strings.TrimPrefix(name, root+"/")] = content, address
		return nil
	})
	if err != nil {
		panic(err) // the files are part of the program
	}
	return m
}

// address returns where a file is to be had, "" when there is none of that name.
func (m *media) address(name string) string { return m.addresses[name] }

func (m *media) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	content, ok := m.files[r.URL.Path]
	if !ok {
		problem(w, http.StatusNotFound, "there is no such file")
		return
	}
	kind := mime.TypeByExtension(path.Ext(r.URL.Path))
	if kind == "" {
		kind = "text/plain; charset=utf-8"
	}
	w.Header().Set("Content-Type", kind)
	w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	_, _ = w.Write(content) // an error means that the reader is gone
}
