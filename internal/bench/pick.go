package main

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"os"
	"regexp"
	"slices"
	"strings"
)

// picks are what is searched for.
type picks struct {
	needles                          []target
	word, number, literal, noLiteral scanned
	common                           string
}

// target is something rare.
type target struct {
	what, query string
	grep        []string
	lines       int64   // as the corpus says; 0 when it does not
	faster      float64 // than grep, at least; 0 means no bar
}

// scanned is something that takes reading.
type scanned struct {
	query  string
	grep   []string
	slower float64 // than grep, at most
}

// wordGrep are the arguments for lines with a word.
func wordGrep(word string) []string {
	return []string{"-ciw", "-e", strings.ReplaceAll(word, ".", `\.`)}
}

// pick chooses from the corpus what is searched for, by measuring.
func pick(ctx context.Context, c *corpus) (p picks, err error) {
	s, err := readSample(c)
	if err != nil {
		return p, err
	}
	uid, err := pickUID(ctx, c, s)
	if err != nil {
		return p, err
	}
	label, err := pickLabel(ctx, c, s)
	if err != nil {
		return p, err
	}
	p.needles = []target{
		{what: "address", query: c.truth.Needle, grep: wordGrep(c.truth.Needle), lines: c.truth.NeedleLines, faster: 30},
		{what: "Zeek uid", query: uid, grep: wordGrep(uid)},
		{what: "host label", query: label, grep: wordGrep(label)},
	}
	word, err := pickWord(ctx, c, s, 0.02)
	if err != nil {
		return p, err
	}
	p.word = scanned{query: word, grep: wordGrep(word), slower: 1}
	p.number = scanned{query: "4711", grep: wordGrep("4711"), slower: 1.5}
	p.literal = regexScan(`Invalid user [a-z]+[0-9]`, 1.5)
	p.noLiteral = regexScan(`[x-z]{5}`, 10)
	p.common, err = pickWord(ctx, c, s, 0.5)
	return p, err
}

func regexScan(re string, slower float64) scanned {
	return scanned{query: "/" + re + "/", grep: []string{"-cE", "-e", re}, slower: slower}
}

// sample is some lines of every file, in proportion.
type sample struct {
	lines int
	words map[string]int // lines that have a word, in lower case
	text  []byte
}

const (
	sampleChunk = 64 << 10
	// sampleShare is how many bytes of the corpus one of the sample stands for.
	sampleShare = 32
)

var wordPattern = regexp.MustCompile(`[0-9A-Za-z_]+`)

// readSample reads whole lines of chunks all over the files.
func readSample(c *corpus) (*sample, error) {
	s := &sample{words: map[string]int{}}
	for _, l := range c.files {
		f, err := os.Open(l.path)
		if err != nil {
			return nil, err
		}
		defer f.Close()
		buf := make([]byte, sampleChunk)
		for at := int64(0); at < l.bytes; at += sampleChunk * sampleShare {
			n, err := f.ReadAt(buf, at)
			if err != nil && !errors.Is(err, io.EOF) {
				return nil, fmt.Errorf("read %s: %w", l.path, err)
			}
			s.chunk(buf[:n])
		}
	}
	return s, nil
}

// chunk takes the whole lines of a chunk.
func (s *sample) chunk(text []byte) {
	from, to := bytes.IndexByte(text, '\n'), bytes.LastIndexByte(text, '\n')
	if from == to {
		return
	}
	text = text[from+1 : to+1]
	s.text = append(s.text, text...)
	seen := map[string]bool{}
	for line := range bytes.Lines(text) {
		s.lines++
		clear(seen)
		for _, w := range wordPattern.FindAll(line, -1) {
			seen[strings.ToLower(string(w))] = true
		}
		for w := range seen {
			s.words[w]++
		}
	}
}

var uidPattern = regexp.MustCompile(`"uid":"(C[0-9A-Za-z]{15,17})"`)

// pickUID returns a Zeek uid on one to three lines, from the middle.
func pickUID(ctx context.Context, c *corpus, s *sample) (string, error) {
	all := uidPattern.FindAllSubmatch(s.text, -1)
	for i := range min(len(all), 10) {
		uid := string(all[(len(all)/2+i)%len(all)][1])
		n, err := grepCount(ctx, nil, append([]string{"-h"}, wordGrep(uid)...), c.paths())
		if err != nil || 1 <= n && n <= 3 {
			return uid, err
		}
	}
	return "", errors.New("the corpus has no Zeek uid on at most 3 lines")
}

var labelPattern = regexp.MustCompile(`"(?:query|server_name|host)":"(?:[^".]+\.)*([a-zA-Z]{12})\.`)

// pickLabel returns a label of 12 letters, the rarest of those in the sample.
func pickLabel(ctx context.Context, c *corpus, s *sample) (string, error) {
	found := map[string]int{}
	for _, m := range labelPattern.FindAllSubmatch(s.text, -1) {
		found[strings.ToLower(string(m[1]))]++
	}
	if len(found) == 0 {
		return "", errors.New("the corpus has no host label of 12 letters")
	}
	names := slices.SortedFunc(maps.Keys(found), func(a, b string) int {
		return cmp.Or(cmp.Compare(s.words[a], s.words[b]), cmp.Compare(a, b))
	})
	return firstSafe(ctx, c, names)
}

// pickWord returns a word of letters whose share of lines is nearest.
func pickWord(ctx context.Context, c *corpus, s *sample, share float64) (string, error) {
	var names []string
	for w := range s.words {
		if len(w) >= 3 && strings.Trim(w, "abcdefghijklmnopqrstuvwxyz") == "" {
			names = append(names, w)
		}
	}
	if len(names) == 0 {
		return "", errors.New("the corpus has no words")
	}
	distance := func(w string) float64 { return math.Abs(float64(s.words[w])/float64(s.lines) - share) }
	slices.SortFunc(names, func(a, b string) int {
		return cmp.Or(cmp.Compare(distance(a), distance(b)), cmp.Compare(a, b))
	})
	return firstSafe(ctx, c, names)
}

// firstSafe returns the first of the words that grep -w and we see alike: one
// with no JSON escape right before it, which is no word byte to us only.
func firstSafe(ctx context.Context, c *corpus, words []string) (string, error) {
	for _, w := range words[:min(len(words), 10)] {
		n, err := grepCount(ctx, nil, []string{"-hciE", "-e", `\\([bfnrt]|u[0-9a-f]{4})` + w}, c.paths())
		if err != nil || n == 0 {
			return w, err
		}
	}
	return "", fmt.Errorf("every one of %v stands behind an escape somewhere", words[:min(len(words), 10)])
}
