package property

import (
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// block matches a fenced block of docs/embedding.md, with the name of the file that it is, if it is one.
var block = regexp.MustCompile("(?ms)^(?:`([a-z_/.]+)`\n\n)?```([a-z]+)\n(.*?)^```$")

// jsonProgram shows the session of the page as people read it, after it has ended.
const jsonProgram = `package main

import (
	"encoding/json"
	"fmt"

	"example.org/app/session"
)

func main() {
	s, _, _ := session.NewSession()
	s.ProxyFrame()
	s.ProxyHangup(session.ReasonGone)
	text, err := json.Marshal(s)
	if err == nil {
		fmt.Println(string(text))
	}
}
`

// docs/embedding.md, followed to the letter by somebody who has nothing but a checkout beside an empty folder.
func TestEmbeddingPage(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../docs/embedding.md")
	require.NoError(t, err)
	c := newConsumer(t, "") // has run the first two lines of the page
	steps := 0
	for _, m := range block.FindAllStringSubmatch(string(page), -1) {
		file, language, text := m[1], m[2], m[3]
		switch {
		case file != "":
			c.write(file, text)
		case language == "sh":
			for line := range strings.Lines(text) {
				if line = strings.TrimSpace(line); !strings.HasPrefix(line, "go mod ") {
					c.run("go", strings.Fields(line)[1:]...)
				}
			}
		case language == "console":
			command, want, _ := strings.Cut(text, "\n")
			program, ok := strings.CutPrefix(command, "$ go run ")
			require.True(t, ok, command)
			require.Equal(t, want, c.run("go", "run", program))
		case language == "json":
			values := fmt.Sprintf(`"values":%s`, text[strings.Index(text, `"values":`)+len(`"values":`):])
			c.write("main.go", jsonProgram)
			require.Contains(t, c.run("go", "run", "."), values)
		default:
			require.Fail(t, "a block of code that is no file", text)
		}
		steps++
	}
	require.Equal(t, 11, steps)
}
