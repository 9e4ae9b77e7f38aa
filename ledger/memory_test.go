package ledger_test

import (
	"testing"

	"github.com/heed-project/heed/ledger"
	"github.com/heed-project/heed/ledger/ledgertest"
)

func TestMemory(t *testing.T) {
	ledgertest.Run(t, func(*testing.T) ledger.Store { return ledger.NewMemory() })
}
