package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/dlrgate/dlrgate/explain"
	"github.com/dlrgate/dlrgate/gateway"
)

// maxLine bounds a receipt on standard input, in octets: the longest body in hex,
// its TLVs, and room.
const maxLine = 1 << 20

// explainLines answers each line of in with one line on out, also one that
// cannot be read.
func (x *explainer) explainLines(in io.Reader, out io.Writer) error {
	reader := bufio.NewReaderSize(in, 64<<10)
	writer := bufio.NewWriter(out)
	for {
		text, tooLong, err := readLine(reader)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return fmt.Errorf("read standard input: %w", err)
		}
		if _, err := writer.Write(append(x.answer(text, tooLong), '\n')); err != nil {
			return fmt.Errorf("write: %w", err)
		}
		if reader.Buffered() == 0 { // somebody may be waiting for the answer
			if err := writer.Flush(); err != nil {
				return fmt.Errorf("write: %w", err)
			}
		}
	}
	return writer.Flush()
}

// answer is the result of one line.
func (x *explainer) answer(text []byte, tooLong bool) []byte {
	if tooLong {
		return notExplained(fmt.Errorf("the line is longer than %d octets", maxLine))
	}
	p, err := explain.Line(text)
	if err != nil {
		return notExplained(err)
	}
	f, err := p.Facts(gateway.ReadCaptured)
	if err != nil {
		return notExplained(err)
	}
	return x.data(f)
}

// readLine returns the next line without its end, and io.EOF after the last. Of
// a line beyond maxLine it returns the beginning.
func readLine(r *bufio.Reader) (text []byte, tooLong bool, err error) {
	for {
		part, err := r.ReadSlice('\n')
		if len(text)+len(part) <= maxLine {
			text = append(text, part...)
		} else {
			tooLong = true
		}
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
			continue
		case errors.Is(err, io.EOF) && len(text) > 0:
			return bytes.TrimRight(text, "\r\n"), tooLong, nil
		case err != nil:
			return nil, false, err
		}
		return bytes.TrimRight(text, "\r\n"), tooLong, nil
	}
}

// notExplained is the result for a line that cannot be read.
func notExplained(err error) []byte {
	result, _ := json.Marshal(map[string]any{"is_receipt": false, "problems": []string{err.Error()}}) // strings and a bool: cannot fail
	return result
}
