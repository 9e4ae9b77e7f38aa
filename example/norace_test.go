//go:build !race

package example_test

const raced = false
