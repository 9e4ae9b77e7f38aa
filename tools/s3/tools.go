// Package s3 pins the S3 server that the tests of internal/blob run against,
// versitygw, in a module of its own, so that none of what it needs is needed
// by Heed. internal/testkit builds and starts it:
//
//	go build -o ../../bin/versitygw github.com/versity/versitygw/cmd/versitygw
package s3
