package delta

import (
	"bytes"
	"math/rand/v2"
	"testing"
)

func roundTrip(t *testing.T, old, now []byte) int {
	t.Helper()
	var difference, again bytes.Buffer
	if err := Write(&difference, old, now); err != nil {
		t.Fatal(err)
	}
	size := difference.Len()
	if err := Apply(&again, &difference, bytes.NewReader(old), int64(len(now))); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(again.Bytes(), now) {
		t.Fatalf("%d bytes from %d became others", len(now), len(old))
	}
	return size
}

// Whatever the versions are, the newer one comes out as it was.
func TestRoundTrip(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	noise := func(n int) []byte {
		b := make([]byte, n)
		for i := range b {
			b[i] = byte(random.IntN(7))
		}
		return b
	}
	for range 300 {
		old := noise(random.IntN(3000))
		now := bytes.Clone(old)
		for range random.IntN(6) {
			at := random.IntN(len(now) + 1)
			switch random.IntN(4) {
			case 0:
				now = append(now[:at:at], append(noise(random.IntN(100)), now[at:]...)...)
			case 1:
				now = append(now[:at:at], now[min(len(now), at+random.IntN(200)):]...)
			case 2:
				if at < len(now) {
					now[at]++
				}
			case 3:
				now = append(now[at:len(now):len(now)], now[:at]...)
			}
		}
		roundTrip(t, old, now)
	}
}

// A difference that is damaged, by whomever, is refused, and nothing else happens.
func TestDamagedDifference(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	old, now := make([]byte, 5000), make([]byte, 5000)
	for i := range old {
		old[i] = byte(random.Uint32())
	}
	copy(now, old[100:])
	var whole bytes.Buffer
	if err := Write(&whole, old, now); err != nil {
		t.Fatal(err)
	}
	for range 500 {
		damaged := bytes.Clone(whole.Bytes())
		for range 1 + random.IntN(3) {
			damaged[random.IntN(min(20, len(damaged)))] = byte(random.Uint32())
		}
		var out bytes.Buffer
		_ = Apply(&out, bytes.NewReader(damaged[:random.IntN(len(damaged)+1)]), bytes.NewReader(old), int64(len(now)))
		if out.Len() > len(now) {
			t.Fatalf("%d bytes came out", out.Len())
		}
	}
}

// Whole words are added as their bytes are.
func TestSum(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for n := range 40 {
		a, b, want := make([]byte, n), make([]byte, n), make([]byte, n)
		for i := range n {
			a[i], b[i] = byte(random.Uint32()), byte(random.Uint32())
			want[i] = a[i] + b[i]
		}
		if sum(a, b); !bytes.Equal(a, want) {
			t.Errorf("%d bytes: %x, want %x", n, a, want)
		}
	}
}
