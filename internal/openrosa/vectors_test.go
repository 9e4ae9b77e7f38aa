package openrosa

import "testing"

// TestRFC7616 checks the responses of RFC 7616, section 3.9.1.
func TestRFC7616(t *testing.T) {
	for algorithm, want := range map[string]string{
		MD5:    "8ca523f5e9506fed4657c9700eebdbec",
		SHA256: "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1",
	} {
		c, err := ParseAuthorization(`Digest username="Mufasa", realm="http-auth@example.org", uri="/dir/index.html", algorithm=` + algorithm +
			`, nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", nc=00000001, cnonce="f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ", qop=auth, response="` +
			want + `", opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"`)
		if err != nil {
			t.Fatal(err)
		}
		if got := c.expected("GET", HA1(algorithm, "Mufasa", "http-auth@example.org", "Circle of Life")); got != want {
			t.Errorf("%s: %s, want %s", algorithm, got, want)
		}
	}
}
