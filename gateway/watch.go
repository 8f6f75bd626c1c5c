package gateway

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"time"

	"github.com/fsnotify/fsnotify"
	"go.uber.org/zap"
)

// settleTime is how long the file must be left alone before it is read: editors
// write in several steps.
const settleTime = 150 * time.Millisecond

// watchFile has the gateway reload when the configuration's file changes. It
// watches the folder, because a file that is replaced by a rename, or through a
// symbolic link as Kubernetes does, is another file afterwards; and the folder
// that a link leads to.
func (g *Gateway) watchFile() error {
	w, err := fsnotify.NewWatcher()
	if err == nil {
		_, err = g.watched(w)
	}
	if err != nil {
		return fmt.Errorf("watch %q: %w", g.opts.File, err)
	}
	follow := background(func(ctx context.Context) error { return g.follow(ctx, w) })
	g.undo.push("file watch", func(ctx context.Context) error { return errors.Join(follow(ctx), w.Close()) })
	return nil
}

// watched adds the folders of the file and of what it leads to, and returns the
// names there that matter.
func (g *Gateway) watched(w *fsnotify.Watcher) ([]string, error) {
	names := []string{filepath.Base(g.opts.File), "..data"}
	err := w.Add(filepath.Dir(g.opts.File))
	if target, linkErr := filepath.EvalSymlinks(g.opts.File); linkErr == nil {
		names = append(names, filepath.Base(target))
		err = errors.Join(err, w.Add(filepath.Dir(target)))
	}
	return names, err
}

// follow reloads once the file was changed and then left alone, until ctx ends.
func (g *Gateway) follow(ctx context.Context, w *fsnotify.Watcher) error {
	settled := time.NewTimer(settleTime)
	settled.Stop()
	names, _ := g.watched(w) // that it works was seen at the start
	for {
		select {
		case e := <-w.Events:
			if slices.Contains(names, filepath.Base(e.Name)) {
				settled.Reset(settleTime)
			}
		case err := <-w.Errors:
			g.log.Warn("watching the configuration", zap.String("file", g.opts.File), zap.Error(err))
		case <-settled.C:
			names, _ = g.watched(w) // a link may lead elsewhere now
			g.ReloadFile(ctx)
		case <-ctx.Done():
			return nil
		}
	}
}
