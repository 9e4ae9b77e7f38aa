package web

import (
	"context"
	"fmt"
	"strings"

	"github.com/heed-project/heed/internal/heed"
)

// gather opens a coalition of the fictional region on a warning of the
// exercise, with votes, pledges, one of them confidential, and a signature.
func (s *stage) gather(ctx context.Context) error {
	var seats []heed.CoalitionSeat
	var rolls strings.Builder
	fmt.Fprintln(&rolls, "id,date,body,kind,title,iso3,position")
	for i := range 20 {
		code := fmt.Sprintf("X%c%c", 'A'+i/10, 'A'+i%10)
		seats = append(seats, heed.CoalitionSeat{State: code, Group: []string{"North", "South"}[i%2], Member: i < 16, Size: "small", Concerned: i%5 == 0})
		fmt.Fprintf(&rolls, "v1,2025-03-01,Council,vote,Situation of human rights in Dathren,%s,%s\n", code, []string{"yes", "no", "abstain"}[i%3])
	}
	fmt.Fprintln(&rolls, "s1,2025-02-01,Council,sponsors,Situation of human rights in Dathren,XAD,lead")
	if _, err := s.LoadVotes(ctx, s.focal, "votes.csv", strings.NewReader(rolls.String())); err != nil {
		return err
	}
	b, err := s.Board(ctx, s.focal)
	if err != nil {
		return err
	}
	id, err := s.OpenCoalition(ctx, s.focal, heed.CoalitionInput{Warning: b.Areas[0].Warning, Kind: "session", Title: "Special session on the situation of human rights in Orvane", Threshold: 8, Of: 16, Region: true, Seats: seats})
	if err != nil {
		return err
	}
	for _, x := range [][2]string{{"XAB", "yes"}, {"XAD", "leaning"}, {"XAF", "no"}} {
		if _, err := s.AddPledge(ctx, s.focal, id, heed.PledgeInput{State: x[0], Stance: x[1], From: "Their delegate"}); err != nil {
			return err
		}
	}
	if _, err = s.AddPledge(ctx, s.focal, id, heed.PledgeInput{State: "XAG", Stance: "yes", Confidential: true}); err != nil {
		return err
	}
	// a draft, with chances that are invented as the States are
	if id, err = s.OpenCoalition(ctx, s.focal, heed.CoalitionInput{Warning: b.Areas[0].Warning, Kind: "draft", Title: "Situation of human rights in Orvane", Threshold: 1, Seats: seats}); err != nil {
		return err
	}
	said := heed.CoalitionOdds{Rule: "simple majority", Shift: 0.3, Until: "2026-01-01", Rolls: 100, Near: 0.8}
	for _, x := range seats[:16] {
		said.Odds = append(said.Odds, heed.StateOdds{State: x.State, Yes: 0.5, Abstain: 0.3, No: 0.2, Absent: 0.1})
	}
	return s.ForetellCoalition(ctx, s.focal, id, said)
}
