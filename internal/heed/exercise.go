package heed

import (
	"context"
	"time"

	"github.com/heed-project/heed/internal/access"
	"github.com/heed-project/heed/internal/fault"
	"github.com/heed-project/heed/internal/party"
)

// ExerciseLink makes a sign-in link that lasts as long as one wishes, up to a
// week: in an exercise whose clock is fast an hour is over in seconds. On any
// other node it is refused.
func (h *Heed) ExerciseLink(ctx context.Context, who Who, person string, lasts time.Duration) (link string, err error) {
	if !h.Exercise() {
		return "", fault.Denied("this node is not an exercise: links last %s", linkLasts)
	}
	err = h.onPerson(ctx, who, person, access.PeopleManage, func(a *act, p party.Person) error {
		link, err = h.door.NewLink(a.tx, p.ID, lasts)
		return err
	})
	return h.linkTo(link), err
}
