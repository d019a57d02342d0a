package main // shown by tests

var _ = greeting
