package serve

import (
	"context"
	"io"
	"net"
	"net/http"

	"github.com/heed-project/heed/internal/bundle/tella"
	"github.com/heed-project/heed/internal/conf"
	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/heed"
)

// phones receives files from phones that run Tella and have this node's address
// as their server: straight into an intake, under the authority that the
// settings name. The password is an API token; what its person may not do, the
// phone may not either.
func phones(h *heed.Heed, c *conf.Config) http.Handler {
	most := int64(c.Limits.Upload) << 20
	return http.StripPrefix("/tella", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		from, _, err := net.SplitHostPort(r.RemoteAddr)
		if err != nil {
			from = r.RemoteAddr
		}
		var who heed.Who // of this request
		u := tella.Upload{MaxSize: most,
			SignIn: func(ctx context.Context, _, password string) bool {
				var err error
				who, _, err = h.ByToken(ctx, password, heed.Client{Address: from})
				return err == nil
			},
			Size: func(ctx context.Context, _, file string) (int64, bool, error) {
				n, kept, err := h.PhoneFile(ctx, who, file)
				return n, kept, phoneError(err)
			},
			Append: func(ctx context.Context, _, file string, r io.Reader) error {
				if n, _, err := h.PhoneFile(ctx, who, file); err != nil || n >= most {
					return phoneError(err)
				}
				return phoneError(h.AppendPhoneFile(ctx, who, c.Evidence.Tella, file, r))
			},
			Close: func(ctx context.Context, _, file string) error { return phoneError(h.ClosePhoneFile(ctx, who, file)) },
		}
		u.Handler().ServeHTTP(w, r)
	}))
}

// phoneError tells an error in the words that the phone's server knows.
func phoneError(err error) error {
	switch fault.KindOf(err) {
	case fault.KindDenied:
		return tella.ErrDenied
	case fault.KindLate:
		return tella.ErrClosed
	case fault.KindNotFound:
		return tella.ErrUnknown
	}
	return err
}
