//! Page tokens are authentic: only servers of the same database make them.

mod forged;
mod lists;

use seatkeeper_proto::v1::ErrorReason;
use seatkeeper_tests::{Database, OwnServer, Storage, on_each_database, refused};
use tonic::Code;

use self::forged::{Token, cursors, secret};
use self::lists::{LISTS, Listed};

/// The token of a list's second page.
async fn token(listed: &Listed, list: &str) -> String {
    let token = listed.next(list, "").await.unwrap();
    assert_ne!(token, "", "{list} has one page");
    token
}

async fn is_invalid(listed: &Listed, list: &str, forged: &Token) {
    let refusal = refused(listed.next(list, &forged.to_text()).await);
    refusal
        .is(Code::InvalidArgument, ErrorReason::PageTokenInvalid)
        .at("page_token");
}

fn assert_no_corruption_is_logged(listed: &Listed) {
    let log = listed.own.server.log_tail();
    for word in ["corrupt", "panicked", "INTERNAL", "Internal"] {
        assert!(!log.contains(word), "{log}");
    }
}

async fn a_token_leads_to_the_next_page_of_every_list(own: OwnServer) {
    let listed = Listed::populate(own).await;
    for list in LISTS {
        let first = token(&listed, list).await;
        let second = listed.next(list, &first).await.unwrap();
        assert_ne!(second, first, "{list}");
    }
}

async fn a_forged_token_is_invalid_in_every_list(own: OwnServer) {
    let listed = Listed::populate(own).await;
    for list in LISTS {
        let token = Token::of(&token(&listed, list).await);
        for cursor in cursors().iter().step_by(7) {
            is_invalid(&listed, list, &token.at(cursor)).await;
            is_invalid(&listed, list, &token.unauthenticated(cursor)).await;
        }
        for key in [i64::MIN, -1, 0, 2, i64::MAX] {
            is_invalid(&listed, list, &token.under(key)).await;
        }
        is_invalid(&listed, list, &token.signed(&[0; 32])).await;
    }
    assert_no_corruption_is_logged(&listed);
}

async fn a_token_of_another_database_is_invalid(own: OwnServer) {
    let listed = Listed::populate(own).await;
    let elsewhere = OwnServer::start(Storage::create(Database::Sqlite)).await;
    let elsewhere = Listed::populate(elsewhere).await;
    let token = Token::of(&token(&elsewhere, "ListProducts").await);
    is_invalid(&listed, "ListProducts", &token).await;
}

/// An authentic token can hold any cursor, such as a token of a defective server. The error blames
/// the caller at most.
async fn an_authentic_token_for_any_cursor_leads_to_no_internal_error(own: OwnServer) {
    let listed = Listed::populate(own).await;
    let authentic = Token::of(&token(&listed, "ListUsers").await);
    let secret = secret(listed.own.server.storage()).await;
    assert_eq!(authentic.signed(&secret).to_text(), authentic.to_text());
    for (number, list) in LISTS.into_iter().enumerate() {
        let token = Token::of(&token(&listed, list).await);
        // Every fifth cursor, a different subset for each list: all of them take minutes.
        for cursor in cursors().into_iter().skip(number % 5).step_by(5) {
            let token = token.at(&cursor).signed(&secret).to_text();
            if let Err(status) = listed.next(list, &token).await {
                let code = status.code();
                let of_the_caller = [Code::InvalidArgument, Code::OutOfRange].contains(&code);
                assert!(of_the_caller, "{list} {cursor:?}: {status:?}");
            }
        }
        assert_no_corruption_is_logged(&listed);
    }
}

async fn a_token_survives_a_restart(own: OwnServer) {
    let mut listed = Listed::populate(own).await;
    let mut tokens = Vec::new();
    for list in LISTS {
        tokens.push(token(&listed, list).await);
    }
    listed.own.start_again().await;
    for (list, token) in LISTS.into_iter().zip(tokens) {
        listed.next(list, &token).await.unwrap();
    }
}

#[tokio::test]
async fn servers_of_one_database_accept_the_tokens_of_each_other() {
    let own = OwnServer::start(Storage::create(Database::Postgres)).await;
    let first = Listed::populate(own).await;
    let second = first.beside().await;
    for list in LISTS {
        let here = token(&first, list).await;
        let there = token(&second, list).await;
        second.next(list, &here).await.unwrap();
        first.next(list, &there).await.unwrap();
    }
}

on_each_database! {
    a_token_leads_to_the_next_page_of_every_list,
    a_forged_token_is_invalid_in_every_list,
    a_token_of_another_database_is_invalid,
    an_authentic_token_for_any_cursor_leads_to_no_internal_error,
    a_token_survives_a_restart,
}
