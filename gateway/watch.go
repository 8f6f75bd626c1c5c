package gateway

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"github.com/fsnotify/fsnotify"
	"go.uber.org/zap"
)

// settleTime is how long the file must be left alone before it is read: editors
// write in several steps.
const settleTime = 150 * time.Millisecond

// watchFile has the gateway reload when the configuration's file changes. It
// watches the folder, because a file that is replaced by a rename, or through a
// symbolic link as Kubernetes does, is another file afterwards.
func (g *Gateway) watchFile() error {
	w, err := fsnotify.NewWatcher()
	if err == nil {
		err = w.Add(filepath.Dir(g.opts.File))
	}
	if err != nil {
		return fmt.Errorf("watch %q: %w", g.opts.File, err)
	}
	follow := background(func(ctx context.Context) error { return g.follow(ctx, w) })
	g.undo.push("file watch", func(ctx context.Context) error { return errors.Join(follow(ctx), w.Close()) })
	return nil
}

// follow reloads once the file was changed and then left alone, until ctx ends.
func (g *Gateway) follow(ctx context.Context, w *fsnotify.Watcher) error {
	settled := time.NewTimer(settleTime)
	settled.Stop()
	for {
		select {
		case e := <-w.Events:
			if filepath.Base(e.Name) == filepath.Base(g.opts.File) || filepath.Base(e.Name) == "..data" {
				settled.Reset(settleTime)
			}
		case err := <-w.Errors:
			g.log.Warn("watching the configuration", zap.String("file", g.opts.File), zap.Error(err))
		case <-settled.C:
			g.ReloadFile(ctx)
		case <-ctx.Done():
			return nil
		}
	}
}
