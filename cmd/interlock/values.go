package main

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
)

// setConstant reads NAME=VALUE of -set.
func setConstant(set map[string]string, s string) error {
	name, value, ok := strings.Cut(s, "=")
	name, value = strings.TrimSpace(name), strings.TrimSpace(value)
	if !ok || name == "" || value == "" {
		return errors.New("say NAME=VALUE, as in -set N=3")
	}
	if old, twice := set[name]; twice && old != value {
		return fmt.Errorf("%s is set twice, to %s and to %s", name, old, value)
	}
	set[name] = value
	return nil
}

// parseCount reads a positive number with an optional k, M or G, which stand for powers of base.
func parseCount(s string, base int64) (int64, error) {
	digits, unit := s, int64(1)
	for i, suffix := range []string{"k", "m", "g"} {
		if rest, ok := strings.CutSuffix(strings.ToLower(s), suffix); ok {
			digits = rest
			for range i + 1 {
				unit *= base
			}
		}
	}
	n, err := strconv.ParseInt(strings.ReplaceAll(digits, "_", ""), 10, 64)
	if err != nil || n <= 0 || n > math.MaxInt64/unit {
		return 0, errors.New("say a positive number such as 500000, 500k, 5M or 2G")
	}
	return n * unit, nil
}
