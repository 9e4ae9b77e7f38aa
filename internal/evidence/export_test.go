package evidence

import (
	"context"

	"github.com/heed-project/heed/internal/evidence/vault"
)

// DestroyAgain is what follows a replication during which something was erased.
func DestroyAgain(ctx context.Context, d *Desk, to *vault.Vault, from int64) error {
	return d.destroyAgain(ctx, to, from)
}
