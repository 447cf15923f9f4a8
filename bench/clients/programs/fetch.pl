# Fetches URL?n=0, 1, 2 with the header sets on standard input, by Perl's HTTP::Tiny.
use strict;
use HTTP::Tiny;
use JSON::PP;
local $/;
my ($sets, $number) = (decode_json(<STDIN>), 0);
for my $set (@$sets) {
    my %headers = map { $_->[0] => $_->[1] } @$set;
    HTTP::Tiny->new->get($ARGV[0] . "?n=" . $number++, { headers => \%headers });
}
