extension EventFunctions {
    /// What becomes of what a worker holds.
    static let ending = #"""
        local function full_backlog(most)
            return int(most) .. ' deliveries wait for the channel already (queue.maxBacklog).'
        end

        -- args: boot, most letters, most deliveries of a channel, n,
        -- n × (token, id, body, hash, own, m, m × (channel, order, deadline, delay, attempts, why it is dead or ''))
        local function route(keys, args)
            local q, read = open(keys), reader(args)
            local boot, most, most_waiting, n = read.text(), read.number(), read.number(), read.number()
            local events = {}
            for i = 1, n do
                local event = {
                    token = read.text(), id = read.text(), body = read.text(), hash = read.text(), own = read.text(),
                    deliveries = {},
                }
                for k = 1, read.number() do
                    event.deliveries[k] = {
                        channel = read.text(), order = read.text(), deadline = read.number(), delay = read.number(),
                        attempts = read.number(), buried = read.text(),
                    }
                end
                events[i] = event
            end
            local now = tick(q)
            local held = held_key(q, boot)
            local outcomes = {}
            for i, event in ipairs(events) do
                local key = event_key(q, event.id)
                local body = held_event(redis.call('HGET', held, event.token))
                if body then
                    redis.call('HDEL', held, event.token)
                    leave_order(q, event.token, body)
                end
                local record = redis.call('HMGET', key, 'state', 'hash', 'own')
                if not body then
                    outcomes[i] = 'stale'
                elseif record[2] and record[2] ~= event.hash then
                    bury_event(q, now, most, event.id,
                        'another event with the id ' .. event.id .. ' and other content is known already',
                        event.body, event.hash, event.own)
                    outcomes[i] = 'mismatch'
                elseif record[1] and record[1] ~= 'queued' then
                    outcomes[i] = 'duplicate'
                else
                    local own = (event.own == '1' or record[3] == '1') and '1' or '0'
                    if #event.deliveries == 0 then
                        redis.call('HSET', key, 'state', 'unrouted', 'hash', event.hash, 'own', own)
                        redis.call('PEXPIRE', key, memory(own))
                    else
                        redis.call('HSET', key, 'state', 'routed', 'hash', event.hash, 'own', own, 'body', event.body)
                        redis.call('PERSIST', key)
                        local deliveries, seen = {}, {}
                        for _, d in ipairs(event.deliveries) do
                            if not seen[d.channel] then
                                seen[d.channel] = true
                                deliveries[#deliveries + 1] = {
                                    id = event.id, channel = d.channel, state = 'p', attempts = d.attempts, crashes = 0,
                                    routed = now, deadline = now + d.deadline, due = now + d.delay,
                                    sequence = numbers(q, 'sequence', 1), order = d.order, buried = d.buried,
                                }
                            end
                        end
                        redis.call('HSET', key, 'open', #deliveries)
                        for _, d in ipairs(deliveries) do
                            local waiting = redis.call('ZCARD', backlog_key(q, d.channel))
                            local reason = d.buried
                            if reason == '' and waiting >= most_waiting then reason = full_backlog(most_waiting) end
                            save(q, d)
                            if reason == '' then
                                schedule(q, d)
                            else
                                bury_delivery(q, now, most, d, reason)
                                close(q, d, 'd')
                            end
                        end
                    end
                    outcomes[i] = 'routed'
                end
            end
            return outcomes
        end

        -- Ends an event's record, unless it stands for another element that was routed or has ended before.
        local function finish(q, id, hash, state, channel)
            if id == '' then return end
            local key = event_key(q, id)
            local record = redis.call('HMGET', key, 'state', 'hash', 'own')
            if record[1] and record[1] ~= 'queued' then return end
            if record[2] and hash ~= '' and record[2] ~= hash then return end
            local own = record[3] or (hash ~= '' and '1' or '0')
            if hash == '' then
                redis.call('HSET', key, 'state', state, 'own', own, 'sent', channel)
            else
                redis.call('HSET', key, 'state', state, 'own', own, 'sent', channel, 'hash', hash)
            end
            redis.call('PEXPIRE', key, memory(own))
        end

        local function complete_event(q, now, most, held, item)
            -- Nearly all: sent, and of no order, so that nobody has to look into it again.
            if item.kind == 'sent' and string.sub(item.token, -1) ~= ORDERED then
                if redis.call('HDEL', held, item.token) == 0 then return 0 end
                finish(q, item.id, item.hash, 'ended', item.extra)
                return 1
            end
            local body = held_event(redis.call('HGET', held, item.token))
            if not body then return 0 end
            if item.kind == 'released' then
                give_back_event(q, item.token, body, function(token)
                    local body, crashes = held_event(redis.call('HGET', held, token))
                    if body then redis.call('HDEL', held, token) end
                    return body, crashes
                end)
                return 1
            end
            redis.call('HDEL', held, item.token)
            leave_order(q, item.token, body)
            if item.kind == 'sent' then
                finish(q, item.id, item.hash, 'ended', item.extra)
            elseif item.kind == 'unrouted' then
                finish(q, item.id, item.hash, 'unrouted', '')
            else
                local own = item.id ~= '' and redis.call('HGET', event_key(q, item.id), 'own')
                finish(q, item.id, item.hash, 'ended', '')
                bury_event(q, now, most, item.id, item.extra, body, item.hash,
                    own or (item.hash ~= '' and '1' or '0'))
            end
            return 1
        end

        local function complete_delivery(q, now, most, held, item)
            if redis.call('HGET', held, item.token) ~= 'd' .. item.channel .. ':' .. item.id then return 0 end
            local d = load(q, item.id, item.channel)
            redis.call('HDEL', held, item.token)
            -- Its event is gone: there is nothing left to end.
            if not d or d.state ~= 'h' then return 1 end
            if item.kind == 'sent' then
                d.attempts = d.attempts + 1
                if item.extra ~= '' and d.order ~= '' then
                    local ids = redis.call('ZRANGE', order_key(q, d.channel, d.order), 0, 1)
                    if ids[1] == d.id and ids[2] == item.extra then
                        local successor = load(q, ids[2], d.channel)
                        if successor and successor.state == 'p' then close(q, successor, 's') end
                    end
                end
                close(q, d, 's')
            elseif item.kind == 'dead' then
                d.attempts = d.attempts + item.number
                bury_delivery(q, now, most, d, item.extra)
                close(q, d, 'd')
            else
                d.state = 'p'
                if item.kind == 'retry' then
                    d.due, d.attempts, d.crashes = now + tonumber(item.extra), d.attempts + item.number, 0
                end
                save(q, d)
                schedule(q, d)
            end
            return 1
        end

        local EVENT_ENDS = {sent = true, unrouted = true, dead = true, released = true}
        local DELIVERY_ENDS = {sent = true, retry = true, dead = true, released = true}

        -- args: boot, most letters, n, n × (what, token, id, hash or channel, kind, extra, number)
        local function complete(keys, args)
            local q, read = open(keys), reader(args)
            local boot, most, n = read.text(), read.number(), read.number()
            local items = {}
            for i = 1, n do
                local what, token, id, third = read.text(), read.text(), read.text(), read.text()
                local item = {
                    what = what, token = token, id = id, hash = third, channel = third, kind = read.text(),
                    extra = read.text(), number = read.number(),
                }
                local ends = what == 'event' and EVENT_ENDS or DELIVERY_ENDS
                if not ends[item.kind] then error({err = 'ERR tocsin: no such end'}) end
                if item.kind == 'retry' then number(item.extra, 'the delay') end
                items[i] = item
            end
            local now = tick(q)
            local held = held_key(q, boot)
            local results = {}
            for i, item in ipairs(items) do
                local finish = item.what == 'event' and complete_event or complete_delivery
                results[i] = finish(q, now, most, held, item)
            end
            return results
        end

        redis.register_function{function_name = '@route@', callback = route, flags = draining}
        redis.register_function{function_name = '@complete@', callback = complete, flags = draining}

        """#
}
