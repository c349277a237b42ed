package feedback

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base32"
	"strconv"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// Keyring holds the data folder's secret. It makes contributor keys that tell
// people apart and name no one.
type Keyring struct{ secret []byte }

// NewKeyring takes the secret as stored in the data folder, 32 bytes.
func NewKeyring(secret []byte) Keyring { return Keyring{secret: append([]byte(nil), secret...)} }

// Contributor is the keyed hash of unit and name. The same person of the same
// unit has the same key in every training; without the secret the key says
// nothing. A contributor without a name is keyed by unit, department and
// province alone.
func (k Keyring) Contributor(d Department, province, unit, name string) string {
	mac := hmac.New(sha256.New, k.secret)
	writeFields(mac, string(d), province, Normalize(unit), Normalize(name))
	return "c" + short(mac.Sum(nil), 16)
}

// ItemID derives an item's identity from what was said, by whom and when:
// training, contributor, normalised text and ordinal. The ordinal is 0 for a
// named contributor; for unnamed ones it counts equal texts within one file,
// so that two strangers who write the same are two.
func ItemID(trainingID, contributorKey, text string, ordinal int) string {
	h := sha256.New()
	writeFields(h, trainingID, contributorKey, Normalize(text), strconv.Itoa(ordinal))
	return "i" + short(h.Sum(nil), 20)
}

// GroupKey derives a group's key from its founding item, so that a rebuild
// from the archive gives the same keys. A split adds the decision's sequence
// number, so that its key is its own.
func GroupKey(foundingItemID string, splitSeq int64) string {
	h := sha256.New()
	writeFields(h, "group", foundingItemID, strconv.FormatInt(splitSeq, 10))
	return "g" + short(h.Sum(nil), 14)
}

// Normalize is the text two spellings of the same words share: NFKC, lower
// case, without spaces, punctuation, symbols and zero-width characters.
func Normalize(text string) string {
	var b strings.Builder
	b.Grow(len(text))
	for _, r := range norm.NFKC.String(text) {
		if unicode.IsLetter(r) || unicode.IsNumber(r) {
			b.WriteRune(unicode.ToLower(r))
		}
	}
	return b.String()
}

type byteWriter interface{ Write(p []byte) (int, error) }

// writeFields writes each field with its length before it, so that no two
// lists of fields give the same bytes.
func writeFields(w byteWriter, fields ...string) {
	for _, f := range fields {
		_, _ = w.Write([]byte(strconv.Itoa(len(f)) + ":"))
		_, _ = w.Write([]byte(f))
	}
}

var base32Lower = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)

func short(sum []byte, n int) string { return base32Lower.EncodeToString(sum)[:n] }
