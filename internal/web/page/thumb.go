package page

// A PictureForm asks for what the thumbnails of a page are looked at. Without items
// nothing is offered.
type PictureForm struct {
	Items   []string
	Query   string // of the page to which it leads back
	Purpose Field
}

// Picture puts the thumbnails that are shown on cards: by item, where each is.
func Picture(cards []ItemCard, at map[string]string) []ItemCard {
	for n := range cards {
		cards[n].Picture = at[cards[n].ID]
	}
	return cards
}
