// Command heed is the whole product: a node's server and its command line.
// Everything it does is in the packages below: cli and serve. See
// docs/guide for what people do with it, and "heed help" for its commands.
// It links the time zone database, so that deadlines in New York and Addis
// Ababa are right on a machine that has none.
package main

import (
	"os"
	_ "time/tzdata"

	"github.com/heed-project/heed/internal/cli"
	"github.com/heed-project/heed/internal/serve"
)

func main() { os.Exit(cli.Main(os.Args[1:], serve.Faces)) }
