-- That a published price was set by hand: price, reason, since and until, as JSON. Where there is one, the row's price,
-- confidence, status and as_of are still the computed ones.

alter table index_price add column by_hand text;
alter table latest_price add column by_hand text;
