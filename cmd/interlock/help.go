package main

import (
	_ "embed"
	"fmt"
	"slices"
	"strings"
)

// The help is text in one file: a section a topic, each behind a line "== name".
//
//go:embed help.txt
var helpText string

// topics are the sections of the help, by name.
func topics() map[string]string {
	sections := map[string]string{}
	for _, part := range strings.Split("\n"+helpText, "\n== ")[1:] {
		name, text, _ := strings.Cut(part, "\n")
		sections[name] = strings.Trim(text, "\n") + "\n"
	}
	return sections
}

// overview is the help without a topic.
func overview() string {
	sections := topics()
	var b strings.Builder
	b.WriteString(sections["interlock"] + "\nCommands:\n")
	names := []string{"interlock"}
	for _, c := range commands() {
		fmt.Fprintf(&b, "  %-10s %s\n", c.name, c.short)
		names = append(names, c.name)
	}
	b.WriteString("\nTopics:\n")
	for _, name := range topicNames() {
		if !slices.Contains(names, name) {
			title, _, _ := strings.Cut(sections[name], "\n")
			fmt.Fprintf(&b, "  %-10s %s\n", name, title)
		}
	}
	b.WriteString("\n\"interlock help check\" tells more of a command, and so with topics.\n")
	return b.String()
}

// topicNames lists the topics in the order of the text.
func topicNames() []string {
	var names []string
	for _, part := range strings.Split("\n"+helpText, "\n== ")[1:] {
		name, _, _ := strings.Cut(part, "\n")
		names = append(names, name)
	}
	return names
}

// runHelp prints the overview, or a topic.
func runHelp(sh *shell, args []string) int {
	if len(args) > 1 {
		return sh.usage("", "help takes one topic")
	}
	if len(args) == 0 || args[0] == "interlock" || strings.HasPrefix(args[0], "-") {
		fmt.Fprint(sh.out, overview())
		return exitOK
	}
	topic := args[0]
	if part := map[string]string{"dve": "import", "looplab": "import"}[topic]; part != "" {
		topic = part
	}
	text, ok := topics()[topic]
	if !ok {
		return sh.usage("", "no help on %q%s", args[0], didYouMean(args[0], topicNames()))
	}
	fmt.Fprint(sh.out, text)
	return exitOK
}
