package main

import (
	"net"
	"os"

	"go.uber.org/zap"
)

// notify tells the service manager how the service stands, when it asked for it
// (sd_notify(3), Type=notify). A manager that does not listen is no fault.
func notify(log *zap.Logger, state string) {
	name := os.Getenv("NOTIFY_SOCKET")
	if name == "" {
		return
	}
	conn, err := net.DialUnix("unixgram", nil, &net.UnixAddr{Name: name, Net: "unixgram"})
	if err == nil {
		_, err = conn.Write([]byte(state))
		_ = conn.Close()
	}
	if err != nil {
		log.Warn("the service manager was not told", zap.String("state", state), zap.Error(err))
	}
}
