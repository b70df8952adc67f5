package gateway

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// The protocol: a frame is a byte that says its kind, two with the length of its payload (high byte first), and the payload.
const (
	// From clients: FrameLogin is a user's name, a zero byte and a secret, and comes first; FrameSend a user's name, a zero byte and what
	// every connection of that user is to get; FramePing is a sign of life; FrameBye asks for the end.
	FrameLogin = 'L'
	FramePing  = 'P'
	FrameSend  = 'S'
	FrameBye   = 'B'
	// To clients: FrameWelcome is the number of the connection in decimal, FramePong answers a FramePing, FramePush is what was sent,
	// FrameFarewell the name of a [Reason]: nothing follows it.
	FrameWelcome  = 'W'
	FramePong     = 'O'
	FramePush     = 'M'
	FrameFarewell = 'F'
)

const (
	headerSize = 3
	maxUser    = 64  // bytes of a user's name
	readBuffer = 512 // bytes of each connection
)

// The mistakes of clients in the protocol.
var (
	errTooLong = errors.New("gateway: a frame is too long")
	errUser    = fmt.Errorf("gateway: a user's name is 1 to %d bytes of letters, digits, marks and punctuation", maxUser)
)

// AppendFrame appends a frame. A payload of more than 65535 bytes is cut off.
func AppendFrame(b []byte, kind byte, payload []byte) []byte {
	payload = payload[:min(len(payload), 1<<16-1)]
	b = append(b, kind)
	b = binary.BigEndian.AppendUint16(b, uint16(len(payload)))
	return append(b, payload...)
}

// ReadFrame reads a frame with a payload of at most most bytes. The payload is the caller's. The error is io.EOF where no frame
// begins, io.ErrUnexpectedEOF where one is cut off.
func ReadFrame(r *bufio.Reader, most int) (kind byte, payload []byte, err error) {
	header, err := r.Peek(headerSize)
	if err != nil {
		if errors.Is(err, io.EOF) && len(header) > 0 {
			err = io.ErrUnexpectedEOF
		}
		return 0, nil, err
	}
	kind, size := header[0], int(binary.BigEndian.Uint16(header[1:]))
	if size > most {
		return 0, nil, errTooLong
	}
	if _, err = r.Discard(headerSize); err != nil || size == 0 {
		return kind, nil, err
	}
	payload = make([]byte, size)
	if _, err = io.ReadFull(r, payload); errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	return kind, payload, err
}

// next reads the next frame of a client. Until its first byte it waits as long as the machine's timers let it; the rest has to come
// within the time for a frame, however slowly the bytes drip.
func (g *Gateway) next(s *socket, r *bufio.Reader) (kind byte, payload []byte, err error) {
	if _, err := r.Peek(1); err != nil {
		return 0, nil, err
	}
	if header, err := r.Peek(min(headerSize, r.Buffered())); err != nil || len(header) < headerSize ||
		r.Buffered() < headerSize+int(binary.BigEndian.Uint16(header[1:])) {
		if err := s.conn.SetReadDeadline(time.Now().Add(g.options.FrameTimeout)); err != nil {
			return 0, nil, err
		}
		defer s.conn.SetReadDeadline(time.Time{})
	}
	return ReadFrame(r, g.options.MaxFrame)
}

// reasonOf says why a connection ends whose socket could not be read or written.
func reasonOf(err error) Reason {
	switch {
	case errors.Is(err, io.EOF):
		return ReasonEOF
	case errors.Is(err, os.ErrDeadlineExceeded):
		return ReasonSlow
	case errors.Is(err, errTooLong):
		return ReasonGarbage
	}
	return ReasonBroken
}

// addressed splits a payload into a user's name and the rest.
func addressed(payload []byte) (user, rest string, err error) {
	user, rest, found := strings.Cut(string(payload), "\x00")
	if !found || user == "" || len(user) > maxUser || !utf8.ValidString(user) || strings.ContainsFunc(user, func(r rune) bool { return !unicode.IsGraphic(r) }) {
		return "", "", errUser
	}
	return user, rest, nil
}

// isOwn reports the error of a socket that this side has closed.
func isOwn(err error) bool { return errors.Is(err, net.ErrClosed) }
