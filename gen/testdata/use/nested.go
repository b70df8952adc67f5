package nested

import (
	"encoding/json"
	"os"
	"strings"
	"testing"
)

// What a generated machine leaves and enters, against the table in walks.json.
func TestWalks(t *testing.T) {
	text, err := os.ReadFile("walks.json")
	if err != nil {
		t.Fatal(err)
	}
	var walks []struct {
		Path        []string
		Event, Want string
	}
	if err := json.Unmarshal(text, &walks); err != nil || len(walks) == 0 {
		t.Fatal(err)
	}
	for _, w := range walks {
		m, _, err := NewWalker()
		if err != nil {
			t.Fatal(err)
		}
		var effects WalkerEffects
		for _, name := range append(w.Path, w.Event) {
			kind, err := ParseWalkerEventKind(name)
			if err != nil {
				t.Fatal(err)
			}
			if effects, err = m.Step(WalkerEvent{Kind: kind}); err != nil {
				t.Fatal(err)
			}
		}
		var order []string
		for e := range effects.All() {
			place := strings.TrimPrefix(e.What.String(), "P")
			switch e.Kind {
			case WalkerDoLeave:
				order = append(order, "-"+place)
			case WalkerDoPass:
				order = append(order, ".")
			case WalkerDoEnter:
				order = append(order, "+"+place)
			}
		}
		if got := strings.Join(order, " "); got != w.Want {
			t.Errorf("%v, then %s: %s, want %s", w.Path, w.Event, got, w.Want)
		}
	}
}
