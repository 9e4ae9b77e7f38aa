package main

import (
	"slices"
	"testing"
)

func TestAffected(t *testing.T) {
	g := graph([]string{module + "/a|fmt|", module + "/b|" + module + "/a|", module + "/c|" + module + "/b|os", module + "/a/x||" + module + "/c", module + "/d|" + module + "/a/x|", module + "/docs/guide|os|"})
	for _, c := range []struct{ files, want []string }{
		{[]string{"a/a.go"}, []string{"a", "b", "c", "a/x"}},
		{[]string{"b/testdata/deep/one.txt", "README.md", "nowhere/x.go"}, []string{"b", "c", "a/x"}},
		{[]string{"docs/threats.md"}, []string{"docs/guide"}},
		{[]string{"script/check"}, nil},
	} {
		var want []string
		for _, w := range c.want {
			want = append(want, module+"/"+w)
		}
		if got := g.affected(c.files); !slices.Equal(got, want) {
			t.Errorf("%v: %v, want %v", c.files, got, want)
		}
	}
	if got := g.affected([]string{"go.mod"}); len(got) != 6 {
		t.Errorf("go.mod: %v", got)
	}
}
