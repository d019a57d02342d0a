package carry

import (
	"context"
	"reflect"
	"regexp"
	"runtime"
	"strings"
)

// This file tells what belongs to one version of a plugin from what outlives it.

// versions matches what tells one version of a package from another in its path: what
// hotreload adds, and how Go names a plugin that is built from a list of files.
var versions = regexp.MustCompile(`/hr[0-9a-f]{8,}|plugin/unnamed-[0-9a-f]+`)

// lasting is the name of a type in all versions.
func lasting(t reflect.Type) string {
	name := t.String()
	if t.Name() != "" {
		name = t.PkgPath() + "." + t.Name()
	} else if t.Kind() == reflect.Pointer {
		name = "*" + lasting(t.Elem())
	}
	return versions.ReplaceAllString(name, "")
}

// tellApart notes which package is the old version's alone.
func (c *carrier) tellApart(to, from reflect.Value) {
	if old := basePkg(from.Type()); old != basePkg(to.Type()) {
		c.oldPkg = old
	}
}

func basePkg(t reflect.Type) string {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	return t.PkgPath()
}

// isOldName reports whether a function or type, by its full name, may be of the old version.
func (c *carrier) isOldName(name string) bool {
	return versions.MatchString(name) || c.oldPkg != "" && strings.HasPrefix(name, c.oldPkg+".")
}

// isOld reports whether a type may be one of the old version alone.
func (c *carrier) isOld(t reflect.Type) bool {
	for part := range c.reach(t) {
		if part.Name() != "" && c.isOldName(part.PkgPath()+"."+part.Name()) {
			return true
		}
	}
	return false
}

// isOurs reports whether a type is declared in the plugin, and not in what the plugin
// only uses: the insides of others are not to be mixed.
func (c *carrier) isOurs(t reflect.Type) bool {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	return t.PkgPath() == "" || c.isOldName(t.PkgPath()+".")
}

// found is what a scan has found in a value.
type found struct {
	funcs bool // there are functions in it
	code  bool // there is code of the old version in it
	moved bool // it points at what something else stands for
	live  bool // the old version's Close may end something in it
}

// scan looks at everything that can be got at from a value.
func (c *carrier) scan(v reflect.Value) found {
	var f found
	if !c.needsScan(v.Type()) {
		return f
	}
	c.walk(v, func(v reflect.Value) bool {
		switch v.Kind() {
		case reflect.Func:
			if !v.IsNil() {
				f.funcs = true
				f.code = f.code || c.isOldName(runtime.FuncForPC(v.Pointer()).Name())
			}
		case reflect.Interface:
			f.code = f.code || !v.IsNil() && c.isOld(v.Elem().Type())
		case reflect.Pointer:
			if !v.IsNil() && c.moved[v.Type().Elem()] {
				_, moved := c.seen[placeOf(v.Elem())]
				f.moved = f.moved || moved
			}
		}
		f.live = f.live || c.isLive(v)
		return !f.code && c.needsScan(v.Type())
	})
	return f
}

// needsScan reports whether a value of a type may hold what a scan looks for.
func (c *carrier) needsScan(whole reflect.Type) bool {
	for t := range c.reach(whole) {
		switch t.Kind() {
		case reflect.Func, reflect.Interface:
			return true
		}
		if c.moved[t] || c.Closed && mayBeLive(t) {
			return true
		}
	}
	return false
}

// isLive reports whether something is not state but a part of the old version's life.
func (c *carrier) isLive(v reflect.Value) bool {
	if !c.Closed || v.IsZero() {
		return false
	}
	if v.Kind() == reflect.Interface {
		v = v.Elem()
	}
	return mayBeLive(v.Type())
}

func mayBeLive(t reflect.Type) bool {
	if t.Kind() == reflect.Chan || t.Kind() == reflect.Func {
		return true
	}
	for _, life := range lives {
		if t.Implements(life) {
			return true
		}
	}
	return false
}

// lives are what is ended some time.
var lives = []reflect.Type{
	reflect.TypeFor[interface{ Close() error }](),
	reflect.TypeFor[interface{ Close() }](),
	reflect.TypeFor[context.Context](),
}
