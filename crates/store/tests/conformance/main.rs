//! The conformance suite: the guarantees of `contract.rs` as numbered cases, each run on both databases.
//!
//! SQLite runs on files in a temporary folder. PostgreSQL runs on the server of `TEST_DATABASE_URL`, each
//! case in a schema of its own; without that variable these cases say so and pass, unless
//! `PARALLAX_REQUIRE_POSTGRES=1`. `tools/with-postgres.sh` starts a server for them.
//!
//! A third database would add one constructor to `harness.rs` and one line to `on_every_database!`.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod accounts;
mod browse;
mod candles;
mod catalogue;
mod decimals;
mod directives;
mod durability;
mod facts;
mod failures;
mod forget;
mod harness;
mod keys;
mod outage;
mod prices;
mod quotes;
mod samples;
mod schema;
mod server;

/// Makes one test per case and database: `sqlite::c01_…` and `postgres::c01_…`.
macro_rules! on_every_database {
    ($($module:ident :: $case:ident),+ $(,)?) => {
        mod sqlite {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $case() {
                crate::harness::on_sqlite(crate::$module::$case).await;
            })+
        }

        mod postgres {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $case() {
                crate::harness::on_postgres(crate::$module::$case).await;
            })+
        }
    };
}

on_every_database! {
    schema::c01_an_empty_database_is_migrated_and_answers,
    schema::c02_a_second_migration_changes_nothing,
    schema::c03_two_programs_may_migrate_at_once,
    schema::c04_a_changed_migration_is_refused,
    schema::c05_the_backend_says_its_name,
    schema::c06_what_the_previous_schema_held_is_carried_over,
    schema::c07_candles_from_before_the_band_have_none_and_take_one,
    catalogue::c10_tokens_come_back_in_rank_order_with_their_contracts,
    catalogue::c11_saving_a_token_again_replaces_it_and_its_contracts,
    catalogue::c12_a_contract_belongs_to_one_token,
    catalogue::c13_a_contract_can_move_within_one_batch,
    catalogue::c14_venues_come_back_by_id,
    catalogue::c15_listings_come_back_with_tokens_and_unlisted_assets,
    catalogue::c16_a_listing_needs_its_venue_and_its_tokens,
    catalogue::c17_texts_come_back_as_they_were,
    catalogue::c18_a_nul_character_is_refused_everywhere,
    quotes::c20_a_quote_comes_back_with_its_listing,
    quotes::c21_an_older_quote_never_replaces_a_newer_one,
    quotes::c22_of_two_quotes_in_one_millisecond_the_later_saved_stays,
    quotes::c23_a_batch_may_hold_a_market_many_times,
    quotes::c24_a_quote_needs_its_listing,
    quotes::c25_a_batch_of_many_thousands_is_saved_whole,
    prices::c30_a_price_comes_back_with_every_constituent,
    prices::c31_the_newest_price_of_each_token_is_read,
    prices::c32_a_price_of_the_same_millisecond_replaces_the_earlier,
    prices::c33_a_price_is_in_force_until_the_next,
    prices::c34_late_history_does_not_become_the_latest,
    prices::c35_a_price_must_fit_its_status,
    prices::c36_a_price_needs_its_token,
    prices::c37_prices_of_any_time_can_be_kept,
    prices::c38_a_price_set_by_hand_comes_back_saying_so,
    candles::c40_candles_come_back_half_open_and_oldest_first,
    candles::c41_candles_are_limited_to_the_first,
    candles::c42_saving_candles_twice_is_saving_them_once,
    candles::c43_of_equal_candles_the_last_saved_stays,
    candles::c44_times_reach_from_1970_to_9999,
    candles::c45_a_bar_that_saw_more_is_never_replaced_by_one_that_saw_less,
    candles::c46_saves_commute,
    candles::c47_a_candle_needs_its_token_and_no_venue,
    candles::c48_every_figure_of_a_bar_comes_back,
    candles::c49_spans_and_sources_of_candles_are_known,
    decimals::c50_the_extremes_come_back_equal,
    decimals::c51_every_decimal_comes_back_equal,
    durability::c60_everything_is_there_after_a_restart,
    durability::c61_everything_is_there_after_a_crash,
    durability::c62_a_refused_batch_leaves_nothing_behind,
    durability::c63_a_save_that_is_dropped_leaves_all_or_nothing,
    durability::c64_concurrent_writers_do_not_deadlock,
    durability::c65_a_reader_sees_whole_batches,
    durability::c66_a_killed_process_leaves_whole_batches_once,
    failures::c70_empty_batches_do_nothing,
    failures::c71_a_closed_store_says_so,
    failures::c72_a_writer_that_must_wait_too_long_may_try_again,
    failures::c73_a_value_written_by_other_hands_is_an_error_not_a_price,
    facts::c80_facts_come_back_by_venue,
    facts::c81_the_facts_observed_last_stay,
    facts::c82_facts_need_their_token_and_their_venue,
    facts::c83_the_higher_usage_of_a_month_stays,
    facts::c84_usage_needs_its_venue,
    forget::c85_candles_of_each_length_are_forgotten_for_themselves,
    forget::c86_the_newest_price_outlives_its_history,
    forget::c87_forgetting_goes_on_over_many_slices,
    forget::c88_what_one_process_forgets_another_can_save_again,
    forget::c89_many_may_save_into_new_times_while_others_forget,
    keys::c90_a_key_comes_back_as_it_was_added,
    keys::c91_an_id_or_a_hash_is_added_once,
    keys::c92_the_first_revocation_stays,
    keys::c93_the_latest_use_of_a_key_stays_and_unknown_ones_are_passed_over,
    keys::c94_uses_saved_at_once_do_not_deadlock,
    accounts::c100_an_account_comes_back_as_it_was_added,
    accounts::c101_a_name_is_given_once_and_leaves_no_note_the_second_time,
    accounts::c102_of_two_changes_of_one_state_the_first_counts,
    accounts::c103_of_many_changes_at_once_one_counts,
    accounts::c104_a_session_comes_back_and_an_ended_one_stays_ended,
    accounts::c105_a_new_epoch_ends_all_sessions_of_the_account_and_no_others,
    accounts::c106_what_can_be_used_once_is_used_once,
    accounts::c107_a_browser_is_known_for_the_account_that_signed_in_there,
    accounts::c108_what_is_worth_nothing_is_forgotten,
    accounts::c109_the_audit_log_answers_by_who_what_and_when_and_only_grows,
    accounts::c110_the_last_superuser_in_force_stays_one,
    accounts::c111_of_all_superusers_disabled_at_once_one_stays,
    directives::c120_a_decision_comes_back_with_a_higher_revision_and_a_note,
    directives::c121_of_two_decisions_on_one_state_the_first_counts,
    directives::c122_of_many_decisions_at_once_one_counts,
    directives::c123_a_text_with_a_nul_is_refused_and_leaves_no_note,
    browse::c130_prices_are_read_by_key_in_both_directions,
    browse::c131_candles_are_read_newest_first,
    browse::c132_what_is_said_of_all_tokens_is_read,
    browse::c133_the_room_of_each_table_is_known,
}
