package main

import (
	"bufio"
	"io"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"interlock/machines/wukongim/gateway"
)

// A client logs in, the gateway is told to stop, and the client is told so.
func TestTheCommandStopsWhenItIsTold(t *testing.T) {
	signals := make(chan os.Signal, 1)
	reader, writer := io.Pipe()
	ended := make(chan error, 1)
	file := filepath.Join(t.TempDir(), "gateway.jsonl")
	go func() {
		ended <- run([]string{"-listen", "127.0.0.1:0", "-admin", "127.0.0.1:0", "-grace", "20s", "-record", file}, writer, signals)
		writer.Close()
	}()
	log := bufio.NewScanner(reader)
	address := regexp.MustCompile(`msg=serving address=(\S+)`)
	var to string
	for to == "" && log.Scan() {
		if m := address.FindStringSubmatch(log.Text()); m != nil {
			to = m[1]
		}
	}
	conn, err := net.Dial("tcp", to)
	require.NoError(t, err)
	require.NoError(t, conn.SetDeadline(time.Now().Add(20*time.Second)))
	in := bufio.NewReader(conn)
	want := func(kind byte, text string) {
		got, payload, err := gateway.ReadFrame(in, 100)
		require.NoError(t, err)
		require.Equal(t, string(kind)+text, string(got)+string(payload))
	}
	_, err = conn.Write(gateway.AppendFrame(nil, gateway.FrameLogin, []byte("ann\x00")))
	require.NoError(t, err)
	want(gateway.FrameWelcome, "1")
	signals <- syscall.SIGTERM
	rest := make(chan string)
	go func() {
		text := ""
		for log.Scan() {
			text += log.Text() + "\n"
		}
		rest <- text
	}()
	want(gateway.FrameFarewell, "Stopped")
	require.NoError(t, conn.Close())
	require.NoError(t, <-ended)
	require.Contains(t, <-rest, "msg=stopping signal=terminated connections=1")
	lines, err := os.ReadFile(file)
	require.NoError(t, err)
	for _, event := range []string{"proxy.Login", "leader.Kick", "proxy.Hangup"} {
		require.Contains(t, string(lines), event)
	}
}

func TestTheCommandSaysWhatIsWrong(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer taken.Close()
	for _, args := range [][]string{{"-listen", taken.Addr().String()}, {"-listen", "127.0.0.1:0", "-admin", "0.0.0.0:0"}, {"more"}, {"-none"},
		{"-listen", "127.0.0.1:0", "-admin", "", "-record", t.TempDir()}} {
		require.Error(t, run(args, io.Discard, nil), args)
	}
	require.NoError(t, run([]string{"-h"}, io.Discard, nil))
}
