package ownership

import (
	"os"
	"path/filepath"
	"testing"
)

func TestTrusts(t *testing.T) {
	const us, other = 1000, 1001
	root, sudo := user{uid: 0, sudo: -1}, user{uid: 0, sudo: us}
	for name, test := range map[string]struct {
		user  user
		file  int
		dir   owned
		began bool
		want  bool
	}{
		"ours, in a directory of everybody":                                {user{us, -1}, us, owned{0, 0o777}, true, true},
		"root's, in a directory of everybody":                              {user{us, -1}, 0, owned{0, 0o777}, false, true},
		"another's, in a directory of everybody":                           {user{us, -1}, other, owned{0, 0o777}, false, false},
		"the same, and the search began there":                             {user{us, -1}, other, owned{0, 0o777}, true, false},
		"another's, in our directory of everybody":                         {user{us, -1}, other, owned{us, 0o777}, true, false},
		"another's, in a group's directory":                                {user{us, -1}, other, owned{us, 0o775}, false, false},
		"another's, in another's directory":                                {user{us, -1}, other, owned{other, 0o755}, false, false},
		"another's, where the search began":                                {user{us, -1}, other, owned{other, 0o755}, true, false},
		"another's, where only we can write":                               {user{us, -1}, other, owned{us, 0o755}, true, true},
		"another's, where only root can write":                             {user{us, -1}, other, owned{0, 0o755}, false, true},
		"who calls sudo counts for root alone":                             {user{us, other}, other, owned{0, 0o777}, false, false},
		"root, in a directory of everybody":                                {root, us, owned{0, 0o777}, false, false},
		"root, where it began and everybody writes":                        {root, us, owned{0, 0o777}, true, false},
		"root, above, in a user's directory for all":                       {root, us, owned{us, 0o777}, false, false},
		"root, a container's directory for all":                            {root, us, owned{us, 0o777}, true, true},
		"root, a user's files":                                             {root, us, owned{us, 0o755}, true, true},
		"root, a user's files above":                                       {root, us, owned{us, 0o775}, false, true},
		"root, another's file in a user's directory":                       {root, other, owned{us, 0o775}, true, false},
		"sudo, in a directory of everybody":                                {sudo, us, owned{0, 0o777}, false, true},
		"sudo, another's file":                                             {sudo, other, owned{0, 0o777}, true, false},
		"sudo, a file of another in the directory of the one who calls it": {sudo, other, owned{us, 0o755}, true, true},
	} {
		t.Run(name, func(t *testing.T) {
			if got := test.user.trusts(owned{uid: test.file}, test.dir, test.began); got != test.want {
				t.Errorf("trusted: %v, want %v", got, test.want)
			}
		})
	}
}

// TestCheckLooksAtLinksAndTargets needs files of another owner, which only root can make.
func TestCheckLooksAtLinksAndTargets(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root can give files away")
	}
	t.Setenv("SUDO_UID", "")
	dir := t.TempDir()
	all, mine := filepath.Join(dir, "all"), filepath.Join(dir, "mine")
	for _, one := range []string{all, mine} {
		if err := os.Mkdir(one, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	const other = 12345
	write := func(path string, uid int) string {
		if err := os.WriteFile(path, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Lchown(path, uid, uid); err != nil {
			t.Fatal(err)
		}
		return path
	}
	link := func(to, path string, uid int) string {
		if err := os.Symlink(to, path); err != nil {
			t.Fatal(err)
		}
		if err := os.Lchown(path, uid, uid); err != nil {
			t.Fatal(err)
		}
		return path
	}
	if err := os.Chmod(all, 0o777); err != nil {
		t.Fatal(err)
	}
	ours, others, put := write(filepath.Join(all, "ours"), 0), write(filepath.Join(all, "others"), other), write(filepath.Join(mine, "put"), other)
	for _, test := range []struct {
		path string
		want bool
	}{
		{ours, true},
		{others, false},
		{put, true},
		{filepath.Join(all, "missing"), true},
		{link(others, filepath.Join(mine, "to-others"), 0), false},
		{link(ours, filepath.Join(all, "of-others"), other), false},
		{link(put, filepath.Join(all, "of-ours"), 0), true},
		{link(filepath.Join(all, "nothing"), filepath.Join(all, "dangling"), other), false},
	} {
		if err := Check(test.path, mine); (err == nil) != test.want {
			t.Errorf("%s: %v, trusted: want %v", test.path, err, test.want)
		}
	}
}

// TestCheckCode looks at files of an owner who has the directory in which the search began, and
// at files of a third one.
func TestCheckCode(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root can give files away")
	}
	t.Setenv("SUDO_UID", "")
	base := t.TempDir()
	start := filepath.Join(base, "start")
	if err := os.Mkdir(start, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, dir := range []string{base, start} { // so that root does not trust them anyway
		if err := os.Chmod(dir, 0o777); err != nil {
			t.Fatal(err)
		}
	}
	const owner, third = 12345, 12346
	if err := os.Chown(start, owner, owner); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		path       string
		uid        int
		code, want bool
	}{
		{filepath.Join(base, "above"), owner, true, true},
		{filepath.Join(base, "config"), owner, false, false},
		{filepath.Join(base, "third"), third, true, false},
		{filepath.Join(start, "third"), third, true, false},
	} {
		if err := os.WriteFile(test.path, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chown(test.path, test.uid, test.uid); err != nil {
			t.Fatal(err)
		}
		check := Check
		if test.code {
			check = CheckCode
		}
		if err := check(test.path, start); (err == nil) != test.want {
			t.Errorf("%s: %v, trusted: want %v", test.path, err, test.want)
		}
	}
}
